import assert from 'node:assert/strict';
import { audioTestSource } from '../../../src/elements/sources/audio-test-source.ts';
import { type Kept, keepingSink } from '../../support/frame-source.ts';
import { settled, testPipeline } from '../../support/test-pipeline.ts';

const RATE = 8000;

describe('audio-test-source', () => {
  const playing = (props: object, hold?: () => void | Promise<void>) => {
    const kept: Kept[] = [];
    const made = testPipeline([audioTestSource, keepingSink('ear', kept, 'any', hold)], {
      elements: { 'audio-test-source': { props: { rate: RATE, ...props } } },
      links: ['audio-test-source ! ear'],
    });
    return { ...made, kept };
  };

  const heard = async (props: object): Promise<number[]> => {
    const { pipeline, kept, assertClean } = playing(props);
    await pipeline.run();
    assertClean();
    return kept.flatMap(({ bytes }) => [...new Float32Array(bytes.buffer)]);
  };

  describe('data', () => {
    it('is a tone of the pitch and the loudness that are asked for, without a seam', async () => {
      // 30 ms do not divide a second: stretches go across its end.
      const samples = await heard({ frequency: 441, volume: 0.25, chunkMs: 30, count: 70 });
      assert.equal(samples.length, 2.1 * RATE);
      const farthest = samples.reduce(
        (most, sample, index) => Math.max(most, Math.abs(sample - 0.25 * Math.sin((2 * Math.PI * 441 * index) / RATE))),
        0,
      );
      assert.ok(farthest < 1e-6, `${farthest} apart`);
    });

    it('ticks at the beginning of each second, and is silent between', async () => {
      const samples = await heard({ sound: 'ticks', chunkMs: 500, count: 5 });
      const loud = samples.flatMap((sample, index) => (Math.abs(sample) > 1e-6 ? [index] : []));
      assert.ok(loud.every((index) => index % RATE < RATE / 100));
      assert.deepEqual([...new Set(loud.map((index) => Math.floor(index / RATE)))], [0, 1, 2]);
    });

    it('is silence, or noise that follows from its seed', async () => {
      assert.ok((await heard({ sound: 'silence', count: 3 })).every((sample) => sample === 0));
      const noise = { sound: 'noise', chunkMs: 1000, count: 1, volume: 1 };
      const one = await heard(noise);
      assert.deepEqual(await heard(noise), one);
      assert.notDeepEqual(await heard({ ...noise, seed: 2 }), one);
      const mean = one.reduce((sum, sample) => sum + sample, 0) / one.length;
      const power = one.reduce((sum, sample) => sum + sample * sample, 0) / one.length;
      assert.ok(Math.abs(mean) < 0.05 && Math.abs(power - 1 / 3) < 0.03, `mean ${mean}, power ${power}`);
    });

    it('rises, as a sweep', async () => {
      const samples = await heard({ sound: 'sweep', frequency: 1000, chunkMs: 1000, count: 4 });
      const waves = [0, 1, 2, 3].map((second) => {
        const part = samples.slice(second * RATE, (second + 1) * RATE);
        return part.filter((sample, index) => index > 0 && part[index - 1]! < 0 && sample >= 0).length;
      });
      for (const [second, count] of waves.entries()) assert.ok(Math.abs(count - (250 * second + 125)) <= 2, waves.join(' '));
    });

    it('is the same in all channels, in whole numbers where those are asked for', async () => {
      const { pipeline, kept } = playing({ format: 'S16', channels: 2, volume: 1, frequency: 2000, count: 1, chunkMs: 1 });
      await pipeline.run();
      assert.deepEqual([...new Int16Array(kept[0]!.bytes.buffer)].slice(0, 8), [0, 0, 32_767, 32_767, 0, 0, -32_767, -32_767]);
      assert.deepEqual(kept[0]!.caps.fields, { format: 'S16', rate: RATE, channels: 2 });
    });
  });

  describe('timing', () => {
    it('gives each stretch when it has been, where it is live', async () => {
      const { pipeline, clock, kept, assertClean } = playing({ live: true, chunkMs: 100, count: 3 });
      const run = pipeline.run();
      for (const expected of [0, 1, 2, 3]) {
        await settled();
        assert.equal(kept.length, expected);
        clock.advanceTo(clock.now() + 100_000);
      }
      await run;
      assert.deepEqual(
        kept.map(({ pts, buffer }) => [pts, buffer.duration]),
        [
          [0, 100_000],
          [100_000, 100_000],
          [200_000, 100_000],
        ],
      );
      assertClean();
    });
  });

  describe('backpressure', () => {
    for (const [ticks, times] of [
      // The second was waited for when time went on.
      ['skipMissed', [0, 100_000, 300_000, 400_000]],
      ['catchUp', [0, 100_000, 200_000, 300_000, 400_000]],
    ] as const) {
      it(`has ${ticks} say what becomes of what was missed`, async () => {
        let goOn = (): void => undefined;
        const held = new Promise<void>((resolve) => {
          goOn = resolve;
        });
        const { pipeline, clock, kept, assertClean } = playing({ live: true, chunkMs: 100, count: 5, ticks }, () => held);
        const run = pipeline.run();
        await settled();
        clock.advanceTo(clock.now() + 100_000);
        await settled();
        clock.advanceTo(clock.now() + 350_000);
        await settled();
        goOn();
        await settled();
        clock.advanceTo(clock.now() + 50_000);
        await run;
        assert.deepEqual(
          kept.map(({ pts }) => pts),
          times,
        );
        assert.deepEqual(
          kept.flatMap(({ pts, buffer }) => (buffer.discont ? [pts] : [])),
          ticks === 'catchUp' ? [] : [300_000],
        );
        assertClean();
      });
    }
  });

  describe('eos, stop and abort', () => {
    it('ends at once when it is stopped while it waits', async () => {
      const { pipeline, kept, assertClean } = playing({ live: true });
      const run = pipeline.run();
      await settled();
      pipeline.stop();
      await run;
      assert.equal(kept.length, 0);
      assertClean();
    });
  });

  describe('errors', () => {
    it('refuses a tone of no whole number of waves', () => {
      assert.equal(audioTestSource.props.safeParse({ frequency: 440.5 }).success, false);
    });
  });
});
