import assert from 'node:assert/strict';
import { MuteWatch } from '../../../src/media/live-sound/mute-watch.ts';
import { Arena } from '../../../src/memory/arena.ts';

describe('watch for a mute microphone', () => {
  const watching = (after: number) => {
    const said: [string, string][] = [];
    const say = (code: string, text: string): void => void said.push([code, text]);
    const arena = Arena.create();
    const slab = arena.allocate(640);
    const samples = arena.bytes(slab.offset, 640);
    const watch = new MuteWatch('microphone voice', after, { warn: say, info: say });
    return {
      said,
      /** Hears so many stretches of 20 ms, with one sample of such a value. */
      hear: (count: number, value: number) => {
        samples.fill(0);
        samples[321] = value;
        for (let index = 0; index < count; index++) watch.heard(samples, 20_000);
      },
    };
  };

  it('tells once of nothing but zeros, and once of the end of that', () => {
    const { said, hear } = watching(100_000);
    hear(4, 0);
    assert.deepEqual(said, []);
    hear(10, 0);
    hear(10, 1);
    assert.deepEqual(said, [
      ['media/muted', 'microphone voice has given nothing but zeros for 100.0 ms; is it muted, or switched off?'],
      ['media/unmuted', 'microphone voice is heard again, after 280.0 ms'],
    ]);
  });

  it('takes the least noise for sound', () => {
    const { said, hear } = watching(100_000);
    for (let turn = 0; turn < 50; turn++) {
      hear(4, 0);
      hear(1, 1);
    }
    assert.deepEqual(said, []);
  });

  it('never looks where it is told not to', () => {
    const { said, hear } = watching(0);
    hear(1000, 0);
    assert.deepEqual(said, []);
  });
});
