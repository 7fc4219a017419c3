import assert from 'node:assert/strict';
import type { StreamEvent } from '../../../src/core/stream/event.ts';
import { StickyEvents } from '../../../src/core/stream/sticky-events.ts';

const start = (source: string, epoch = 0) => ({ type: 'stream-start', source, epoch }) as const;
const end = (source: string, epoch = 0) => ({ type: 'source-end', source, epoch }) as const;

const segment = (source: string): StreamEvent => ({ type: 'segment', source, start: 0, base: 10 });
const caps: StreamEvent = { type: 'caps', caps: { media: 'test', fields: {} } };

function sticky(...events: readonly StreamEvent[]): StickyEvents {
  const made = new StickyEvents();
  for (const event of events) made.note(event);
  return made;
}

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

  it('forget a source that has ended, and how its times were counted', () => {
    const events = sticky(start('a'), start('b'), segment('a'), segment('b'), { type: 'source-end', source: 'a', epoch: 0 });
    assert.deepEqual(events.inOrder, [start('b'), segment('b')]);
  });

  it('are taken over from another pad of the element, but for what that pad carries', () => {
    const events = new StickyEvents();
    events.takeOver(sticky(start('a'), caps, segment('a')));
    assert.deepEqual(events.inOrder, [start('a'), segment('a')]);
  });

  it('tell when an epoch of a source has ended, not by the end of one before it', async () => {
    const events = sticky(start('a'));
    const ended: string[] = [];
    const waits = [0, 1, 2].map((epoch) => events.endOf('a', epoch).then(() => void ended.push(`a/${epoch}`)));
    const endOf = async (event: StreamEvent): Promise<string[]> => {
      events.note(event);
      for (let turn = 0; turn < 3; turn++) await Promise.resolve();
      return ended.splice(0);
    };
    assert.deepEqual(await endOf({ type: 'source-end', source: 'a', epoch: 0 }), ['a/0']);
    assert.deepEqual(await endOf({ type: 'source-end', source: 'b', epoch: 9 }), []);
    assert.deepEqual(await endOf({ type: 'source-end', source: 'a', epoch: 1 }), ['a/1']);
    assert.deepEqual(await endOf({ type: 'eos' }), ['a/2'], 'with the stream everything has ended');
    await Promise.all(waits);
    await events.endOf('c', 7);
  });
});
