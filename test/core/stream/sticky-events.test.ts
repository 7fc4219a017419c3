import assert from 'node:assert/strict';
import { StickyEvents } from '../../../src/core/stream/sticky-events.ts';

const start = (source: string, epoch = 0) => ({ type: 'stream-start', source, epoch }) as const;
const end = (source: string, epoch = 0) => ({ type: 'source-end', source, epoch }) as const;

describe('sticky events', () => {
  it('know of a source whether its end has passed, of the latest and of those before', () => {
    const sticky = new StickyEvents();
    sticky.note(start('a'));
    assert.ok(!sticky.isOver('a', 0));
    sticky.note(end('a'));
    assert.ok(sticky.isOver('a', 0));
    assert.ok(!sticky.isOver('a', 1));
    assert.ok(!sticky.isOver('b', 0));
  });

  it('remember the end of so many sources and no more; what they have forgotten is not waited for', async () => {
    const sticky = new StickyEvents();
    sticky.note(start('first'));
    for (let camera = 0; camera < 1000; camera++) {
      sticky.note(start(`camera${camera}`));
      sticky.note(end(`camera${camera}`));
    }
    const held = sticky as unknown as { gone: Map<string, number>; events: Map<string, unknown> };
    assert.deepEqual([held.gone.size, held.events.size], [256, 1]);
    await sticky.endOf('camera999', 0);
    await sticky.endOf('camera0', 0);
    let isOver = false;
    const over = sticky.endOf('first', 0).then(() => {
      isOver = true;
    });
    await Promise.resolve();
    assert.ok(!isOver, 'it is still there');
    sticky.note(end('first'));
    await over;
    sticky.clear();
    assert.ok(!sticky.isOver('camera0', 0));
  });
});
