import assert from 'node:assert/strict';
import { defineElement } from '../../../src/core/element/define-element.ts';
import { microphoneSource } from '../../../src/elements/sources/microphone-source.ts';
import { liveSound } from '../../../src/media/live-sound/live-sound.ts';
import { MediaError } from '../../../src/media/media-error.ts';
import type { AudioFrame, MediaFrame } from '../../../src/media/reader/media-frame.ts';
import type { MicrophoneInput } from '../../../src/media/reader/media-input.ts';
import type { MediaReader, ReadOptions } from '../../../src/media/reader/media-reader.ts';
import { type Kept, keepingSink } from '../../support/frame-source.ts';
import { settled, steadyPipeline } from '../../support/test-pipeline.ts';

const RATE = 8000;
const CHUNK = 20_000;
const BYTES = (RATE * 4 * CHUNK) / 1e6;

/** A microphone whose quartz is off by so much, and which does what a test has it do. */
class FakeMicrophone {
  readonly inputs: MicrophoneInput[] = [];
  readonly readers: FakeReader[] = [];
  readonly wishes: ReadOptions['audio'][] = [];
  /** What opening it comes to. */
  fault: Error | undefined;
  ppm = 0;
  value = 1;

  readonly choose = async () => ({
    backend: {
      name: 'ffmpeg' as const,
      summary: '',
      version: async () => '',
      refuses: () => undefined,
      probe: () => Promise.reject(new Error('nobody asks')),
      open: async (input: MicrophoneInput, options: ReadOptions): Promise<MediaReader> => {
        this.inputs.push(input);
        this.wishes.push(options.audio);
        if (this.fault !== undefined) throw this.fault;
        const reader = new FakeReader(this, options);
        this.readers.push(reader);
        return reader as unknown as MediaReader;
      },
    },
    because: 'it is that of a test',
  });
}

class FakeReader {
  readonly audio = { format: 'F32', rate: RATE, channels: 1 };
  readonly statistics = { frames: 0, corruptFrames: 0, corruptPackets: 0, overruns: 0 };
  closed = 0;
  private readonly microphone: FakeMicrophone;
  private readonly options: ReadOptions;
  private readonly waiting: AudioFrame[] = [];
  private reader: ((frame: MediaFrame | undefined) => void) | undefined;
  private position = 0;
  private lost = false;

  constructor(microphone: FakeMicrophone, options: ReadOptions) {
    this.microphone = microphone;
    this.options = options;
  }

  /** The next stretch comes, or is left out, as where nobody has taken those before it. */
  come(isTaken = true): void {
    const ptsUs = this.position;
    this.position += CHUNK;
    if (!isTaken) {
      this.statistics.overruns++;
      this.lost = true;
      return;
    }
    const slab = this.options.arena.allocate(BYTES);
    this.options.arena.bytes(slab.offset, BYTES).fill(this.microphone.value);
    const frame = {
      kind: 'audio' as const,
      slab,
      ptsUs,
      durationUs: CHUNK,
      samples: BYTES / 4,
      discont: this.lost,
      epoch: 0,
      capturedAtUs: undefined,
      info: this.audio as AudioFrame['info'],
    };
    this.lost = false;
    if (this.reader === undefined) this.waiting.push(frame);
    else this.reader(frame);
    this.reader = undefined;
  }

  /** It is unplugged. */
  vanish(): void {
    this.reader?.(undefined);
    this.reader = undefined;
  }

  next(): MediaFrame | undefined | Promise<MediaFrame | undefined> {
    return this.waiting.shift() ?? new Promise((resolve) => (this.reader = resolve));
  }

  async close(): Promise<void> {
    this.closed++;
    for (const { slab } of this.waiting.splice(0)) slab.release();
    this.vanish();
  }
}

describe('microphone-source', () => {
  const hearing = (props: object = {}, graph: object = {}) => {
    const microphone = new FakeMicrophone();
    const kept: Kept[] = [];
    const gaps: [number, number][] = [];
    const others = [{ kind: 'microphone', device: 'voice', name: 'Voice', system: 'pulse', isDefault: true, modes: [] }] as const;
    const mic = defineElement({ ...microphoneSource, ...liveSound(microphone.choose, async () => [...others]) });
    const sink = keepingSink('ear', kept);
    const ear = {
      ...sink,
      create: async (query: Parameters<typeof sink.create>[0]) => ({
        ...(await sink.create(query)),
        gap: (_pad: string, until: number, { duration }: { duration: number }) => {
          gaps.push([until - duration, duration]);
          return 'ok' as const;
        },
      }),
    };
    const made = steadyPipeline([mic, ear], {
      elements: { 'microphone-source': { props: { system: 'pulse', reconnect: { firstDelayMs: 100, maxDelayMs: 100 }, ...props } } },
      links: ['microphone-source ! ear'],
      ...graph,
    });
    const warnings = (code: string): string[] => made.messages.flatMap((one) => ('code' in one && one.code === code ? [one.text] : []));
    /** Lets so many stretches come, each when its last sample has been. */
    const come = async (count: number, isTaken = true): Promise<void> => {
      for (let index = 0; index < count; index++) {
        made.clock.advanceBy(CHUNK * (1 - microphone.ppm / 1e6));
        microphone.readers.at(-1)!.come(isTaken);
        await settled(4);
      }
    };
    const start = async () => {
      const run = made.pipeline.run();
      await settled();
      return async () => {
        made.pipeline.stop();
        const summary = await run;
        made.assertClean();
        return summary.elements.find(({ name }) => name === 'microphone-source')!;
      };
    };
    return { ...made, microphone, kept, gaps, warnings, come, start };
  };

  describe('props', () => {
    it('say what is asked of the device, and in which pieces', async () => {
      const { microphone, start } = hearing({ device: 'voice', system: 'pulse', rate: 96_000, channels: 2, chunkMs: 10 });
      await (await start())();
      const [input] = microphone.inputs;
      assert.deepEqual([input!.device, input!.system, input!.rate, input!.channels, input!.chunkUs], ['voice', 'pulse', 96_000, 2, 10_000]);
      assert.equal(microphone.wishes[0]!.isCounted, true, 'what the device stamps it with is not believed');
    });

    it('have a low rate made here, and not by the device', async () => {
      const { microphone, start } = hearing({ rate: 16_000 });
      await (await start())();
      assert.equal(microphone.inputs[0]!.rate, undefined);
    });
  });

  describe('data', () => {
    it('is what the device gives, in running time, each buffer behind the one before', async () => {
      const { kept, come, start } = hearing();
      const stop = await start();
      await come(5);
      await stop();
      assert.deepEqual(kept[0]!.caps.fields, { format: 'F32', rate: RATE, channels: 1 });
      assert.deepEqual(
        kept.map(({ pts, buffer, bytes }) => [pts, buffer.duration, buffer.discont, bytes.length]),
        [0, 1, 2, 3, 4].map((index) => [index * CHUNK, CHUNK, false, BYTES]),
      );
    });

    it('begins with the latest of what had come while the graph was made', async () => {
      const { clock, microphone, kept, pipeline, come, assertClean } = hearing();
      await pipeline.negotiate();
      for (let index = 0; index < 10; index++) microphone.readers[0]!.come();
      clock.advanceBy(10 * CHUNK);
      const run = pipeline.run();
      await settled();
      await come(1);
      pipeline.stop();
      await run;
      assertClean();
      assert.equal(kept.length, 2);
    });
  });

  it('counts from where it comes into a running graph', async () => {
    const { pipeline, kept, gaps, come, start } = hearing({ clock: false });
    const stop = await start();
    await come(100);
    const props = { system: 'pulse', clock: false };
    await pipeline.edit({
      add: { elements: { late: { type: 'microphone-source', props }, other: { type: 'ear' } }, links: ['late ! other'] },
    } as never);
    await settled();
    await come(5);
    await come(3, false);
    await come(2);
    await stop();
    const late = kept.filter(({ buffer }) => buffer.source === 'late');
    assert.deepEqual(
      late.map(({ pts }) => pts / CHUNK - 100),
      [0, 1, 2, 3, 4, 8, 9],
    );
    assert.deepEqual(gaps, [[105 * CHUNK, 3 * CHUNK]]);
  });

  it('counts from the beginning of each run', async () => {
    const { pipeline, kept, come, start, assertClean } = hearing();
    const stop = await start();
    await come(100);
    await stop();
    kept.length = 0;
    const again = pipeline.run();
    await settled();
    await come(5);
    pipeline.stop();
    await again;
    assertClean();
    assert.deepEqual(
      kept.map(({ pts, buffer }) => [pts, buffer.duration]),
      [0, 1, 2, 3, 4].map((index) => [index * CHUNK, CHUNK]),
    );
  });

  describe('what is lost', () => {
    it('is counted, a gap stands for it, and the buffer after it is discont', async () => {
      const { kept, gaps, come, start } = hearing();
      const stop = await start();
      await come(3);
      await come(7, false);
      await come(2);
      const { dropped, received, handled } = await stop();
      assert.deepEqual(dropped, { overrun: 7 });
      assert.deepEqual([received, handled], [12, 5]);
      assert.deepEqual(gaps, [[3 * CHUNK, 7 * CHUNK]]);
      assert.deepEqual(
        kept.map(({ pts, buffer }) => [pts / CHUNK, buffer.discont]),
        [
          [0, false],
          [1, false],
          [2, false],
          [10, true],
          [11, false],
        ],
      );
    });

    it('by the device, which does not say so, is found out by the clock', async () => {
      const { clock, kept, gaps, come, start } = hearing({ clock: false });
      const stop = await start();
      await come(50);
      clock.advanceBy(400_000);
      await come(150);
      const { dropped } = await stop();
      assert.deepEqual(dropped, { overrun: 20 });
      assert.equal(kept.filter(({ buffer }) => buffer.discont).length, 1);
      assert.equal(gaps.length, 1);
      assert.ok(Math.abs(gaps[0]![1] - 400_000) <= 1, String(gaps));
      // What is heard last is heard now.
      assert.ok(Math.abs(kept.at(-1)!.pts - (200 * CHUNK + 400_000 - CHUNK)) <= 1);
    });
  });

  describe('clock', () => {
    it('leads the graph: what is heard in a second of its device is a second of running time', async () => {
      const { messages, microphone, kept, clock, come, start } = hearing();
      microphone.ppm = 500;
      const begun = clock.now();
      const stop = await start();
      assert.deepEqual(
        messages.flatMap((one) => (one.type === 'clock-selected' ? [one.clock] : [])),
        ['microphone-source'],
      );
      await come(3000);
      const { notes } = await stop();
      // 60 s by the device are 59.97 s by the machine.
      assert.equal(Math.round((clock.now() - begun) / 1000), 59_970);
      assert.ok(kept.every(({ pts }, index) => index === 0 || pts === kept[index - 1]!.pts + kept[index - 1]!.buffer.duration!));
      const { pts } = kept.at(-1)!;
      assert.ok(Math.abs(pts - 2999 * CHUNK) < 10_000, `${pts - 2999 * CHUNK} µs`);
      const { driftPpm } = notes.clock as { driftPpm: number };
      assert.ok(Math.abs(driftPpm - 500) < 150, `${driftPpm} ppm`);
    });

    it('is not there where it is not wanted: times follow whatever leads', async () => {
      const { messages, microphone, kept, come, start, clock } = hearing({ clock: false });
      microphone.ppm = 500;
      const begun = clock.now();
      const stop = await start();
      await come(3000);
      const now = clock.now() - begun;
      await stop();
      assert.deepEqual(
        messages.flatMap((one) => (one.type === 'clock-selected' ? [one.clock] : [])),
        ['system'],
      );
      const { pts } = kept.at(-1)!;
      assert.ok(Math.abs(pts + CHUNK - now) < 2000, `${pts + CHUNK - now} µs`);
      assert.ok(kept.every(({ pts: from }, index) => index === 0 || from === kept[index - 1]!.pts + kept[index - 1]!.buffer.duration!));
    });

    it('stands still in a pause, and its times with it', async () => {
      const { pipeline, kept, come, start } = hearing();
      const stop = await start();
      await come(10);
      pipeline.pause();
      await settled();
      await come(50, false);
      pipeline.play();
      await settled();
      await come(10);
      await stop();
      assert.ok(kept.at(-1)!.pts < 21 * CHUNK, `${kept.at(-1)!.pts}`);
      assert.ok(kept.every(({ pts }, index) => index === 0 || pts >= kept[index - 1]!.pts));
    });
  });

  describe('a device that is gone', () => {
    it('is opened anew once it is there again, with a raised epoch, in its time', async () => {
      const { microphone, kept, clock, warnings, come, start } = hearing();
      const stop = await start();
      await come(200);
      microphone.fault = new MediaError('media/no-device', 'Cannot open microphone voice: the device is gone');
      microphone.readers[0]!.vanish();
      await settled();
      for (let turn = 0; turn < 20; turn++) {
        clock.advanceBy(50_000);
        await settled();
      }
      microphone.fault = undefined;
      while (microphone.readers.length < 2) {
        clock.advanceBy(50_000);
        await settled();
      }
      const back = clock.now() - 1_000_000;
      await come(1000);
      const now = clock.now() - 1_000_000;
      await stop();
      const { pts, buffer } = kept.at(-1)!;
      assert.ok(Math.abs(pts + buffer.duration! - now) < 2000, `${pts + buffer.duration! - now} µs: its clock has not jumped`);
      assert.ok(warnings('media/reconnecting').length >= 2);
      assert.match(warnings('media/reconnecting')[0]!, /Lost microphone/);
      assert.match(warnings('media/reconnecting')[1]!, /microphone voice: the device is gone; those here: voice \(Voice, pulse\)/);
      assert.equal(warnings('media/reconnected').length, 1);
      assert.equal(microphone.readers[0]!.closed, 1);
      const [first] = kept.filter(({ buffer }) => buffer.epoch === 1);
      assert.ok(Math.abs(first!.pts - back) < 1000, `${first!.pts - back} µs`);
      assert.ok(kept.every(({ pts }, index) => index === 0 || pts >= kept[index - 1]!.pts));
    });

    it('is told by how long nothing came, where it says nothing', async () => {
      const { clock, warnings, come, start } = hearing({ silenceTimeoutMs: 500 });
      const stop = await start();
      await come(3);
      clock.advanceBy(499_000);
      await settled();
      assert.deepEqual(warnings('media/reconnecting'), []);
      clock.advanceBy(1000);
      await settled();
      assert.match(warnings('media/reconnecting')[0]!, /it has fallen silent: nothing came for 500\.0 ms/);
      await stop();
    });
  });

  describe('errors', () => {
    it('tells of nothing but zeros', async () => {
      const { microphone, warnings, come, start } = hearing({ muteAfterMs: 100, device: 'voice' });
      microphone.value = 0;
      const stop = await start();
      await come(6);
      assert.deepEqual(warnings('media/muted'), [
        'microphone voice has given nothing but zeros for 100.0 ms; is it muted, or switched off?',
      ]);
      await stop();
    });
  });
});
