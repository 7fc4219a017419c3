import assert from 'node:assert/strict';
import type { AnyElementDefinition } from '../../../src/core/element/define-element.ts';
import { srcPad } from '../../../src/core/element/pad-template.ts';
import { StreamBuffer } from '../../../src/core/stream/buffer.ts';
import { OnPad } from '../../../src/core/stream/on-pad.ts';
import { probe, type Seen } from '../../support/probe.ts';
import { testPipeline } from '../../support/test-pipeline.ts';
import { countingSource, testMedia, tinyElement } from '../../support/tiny-element.ts';

type Step = readonly [pad: string | undefined, pts: number];

/** A source that gives what it is told to, by the pads named. */
function script(steps: readonly Step[]): AnyElementDefinition {
  return tinyElement('source', {
    pads: { video: srcPad(testMedia, { optional: true }), audio: srcPad(testMedia, { optional: true }) },
    create: ({ caps, context }) => {
      const left = [...steps];
      return {
        produce: () => {
          const step = left.shift();
          if (step === undefined) return undefined;
          const [pad, pts] = step;
          const one = Object.values(caps)[0]!;
          const buffer = new StreamBuffer({ caps: one, pts, duration: 10, slabs: [context.arena.allocate(64)] });
          return pad === undefined ? buffer : new OnPad(pad, buffer);
        },
      };
    },
  });
}

describe('source with several src pads', () => {
  const STEPS: readonly Step[] = [
    ['video', 0],
    ['audio', 5],
    ['audio', 15],
    [undefined, 20],
    ['audio', 25],
  ];

  const run = async (steps: readonly Step[], links: string[], names: string[], settings = {}) => {
    const seen: Record<string, Seen[]> = Object.fromEntries(names.map((name) => [name, []]));
    const test = testPipeline([script(steps), ...names.map((name) => probe(name, seen[name]!))], { links, ...settings });
    await test.pipeline.run();
    test.assertClean();
    return { ...test, seen, times: Object.fromEntries(names.map((name) => [name, seen[name]!.map(({ pts }) => pts)])) };
  };

  it('gives each buffer by the pad it names, and by the first where it names none', async () => {
    const { times } = await run(STEPS, ['source.video ! pictures', 'source.audio ! sound'], ['pictures', 'sound']);
    assert.deepEqual(times, { pictures: [0, 20], sound: [5, 15, 25] });
  });

  it('goes on while anybody takes what it gives', async () => {
    const { times } = await run(STEPS, ['source.audio ! sound'], ['sound']);
    assert.deepEqual(times, { sound: [5, 15, 25] });
  });

  it('keeps its streams together when the times of one fall back', async () => {
    const steps: readonly Step[] = [
      ['video', 100],
      ['audio', 100],
      ['video', 0],
      ['audio', 5],
      ['video', 10],
    ];
    const { times } = await run(steps, ['source.video ! pictures', 'source.audio ! sound'], ['pictures', 'sound']);
    assert.deepEqual(times, { pictures: [100, 110, 120], sound: [100, 115] });
  });

  it('says which pads it has when it is asked for another', async () => {
    const test = testPipeline([script([['subtitles', 0]]), probe('pictures', [])], { links: ['source.video ! pictures'] });
    await assert.rejects(test.pipeline.run(), /gave a buffer for pad subtitles, which it does not have; expected video, audio/);
    test.assertClean();
  });

  it('is no other than one with a single pad where it has one', async () => {
    const seen: Seen[] = [];
    const test = testPipeline([countingSource('source', { count: 2, slabBytes: 64 }), probe('all', seen)], { links: ['source ! all'] });
    await test.pipeline.run();
    assert.equal(seen.length, 2);
  });
});
