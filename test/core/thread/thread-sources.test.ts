import assert from 'node:assert/strict';
import type { NoteToWorker } from '../../../src/core/thread/thread-notes.ts';
import { ThreadSources } from '../../../src/core/thread/thread-sources.ts';

function makeSources() {
  const notes: NoteToWorker[] = [];
  const sources = new ThreadSources((note) => void notes.push(note));
  const said = (): string[] =>
    notes.splice(0).map((note) => {
      const start = note.note === 'start' ? ` ${note.start.epoch} at ${note.start.at}` : '';
      return `${note.note} ${(note as { element: string }).element}${start}`;
    });
  return { sources, said };
}

describe('sources in a thread', () => {
  it('begin in another thread in an epoch that none of their buffers had, as they were steered', () => {
    const { sources, said } = makeSources();
    for (const [name, epoch] of Object.entries({ a: 0, held: 0, freed: 0, stopped: 0, ended: 5 })) sources.start(name, { epoch, at: 0 });
    sources.hold('held', true);
    sources.hold('freed', true);
    sources.hold('freed', false);
    sources.stop('stopped');
    sources.noteEnd('ended');
    said();
    sources.startAnew(3, 70);
    const begun = ['start a 3 at 70', 'start held 3 at 70', 'hold held', 'start freed 3 at 70'];
    assert.deepEqual(said(), [...begun, 'start stopped 3 at 70', 'stop stopped', 'start ended 6 at 70', 'stop ended']);
    sources.forget('stopped');
    sources.forget('ended');
    sources.startAnew(4, 90);
    assert.deepEqual(said(), ['start a 4 at 90', 'start held 4 at 90', 'hold held', 'start freed 4 at 90']);
  });

  it('are over when all of them are, and there are any', () => {
    const { sources } = makeSources();
    assert.equal(sources.areOver, false);
    sources.start('a', { epoch: 0, at: 0 });
    sources.start('b', { epoch: 0, at: 0 });
    sources.stop('a');
    assert.equal(sources.areOver, false);
    sources.noteEnd('b');
    sources.noteEnd('unknown');
    assert.equal(sources.areOver, true);
    sources.start('a', { epoch: 1, at: 0 });
    assert.equal(sources.areOver, false, 'one that comes back begins');
  });

  it('are known by the epochs that they told, as long as they are there', () => {
    const { sources } = makeSources();
    sources.noteEpochs('a', { epoch: 1, nextEpoch: 2 });
    assert.equal(sources.epochsOf('a'), undefined);
    sources.start('a', { epoch: 1, at: 0 });
    sources.noteEpochs('a', { epoch: 1, nextEpoch: 4 });
    sources.noteEpochs('a', undefined);
    assert.deepEqual(sources.epochsOf('a'), { epoch: 1, nextEpoch: 4 });
    sources.clear();
    assert.equal(sources.epochsOf('a'), undefined);
  });
});
