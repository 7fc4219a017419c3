// microphone-source at a real sound server, which is frozen, killed, muted, and spoken to.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { SystemClock } from '../../../src/core/time/clock.ts';
import { microphoneSource } from '../../../src/elements/sources/microphone-source.ts';
import { microphones } from '../../../src/media/devices/name-microphones.ts';
import { needsElements, needsGstreamer } from '../../peers/gstreamer.ts';
import { needsSoundServer, type SoundServer, startSoundServer } from '../../peers/sound-server.ts';
import { type Kept, keepingSink } from '../../support/frame-source.ts';
import { likeness, loudness } from '../../support/likeness.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { testPipeline } from '../../support/test-pipeline.ts';

/** The server's own: where it is changed, sounds are apart by parts of a sample. */
const RATE = 48_000;
const TEXT = 'One microphone hears it.';

describe('microphone-source, at PulseAudio', function () {
  this.timeout(120_000);
  const at = temporaryFolder();
  let server: SoundServer;

  beforeEach(async function () {
    needsSoundServer(this as never);
    server = await startSoundServer();
  });

  afterEach(() => server?.close());

  const listening = (props: object) => {
    const kept: Kept[] = [];
    let look = (): void => undefined;
    const made = testPipeline(
      [microphoneSource, keepingSink('ear', kept, 'any', () => look())],
      {
        elements: {
          'microphone-source': {
            props: {
              server: server.address,
              device: 'voice',
              rate: RATE,
              channels: 1,
              reconnect: { firstDelayMs: 10, maxDelayMs: 50 },
              ...props,
            },
          },
          // A machine that is busy leaves nothing out here.
          ear: { queue: { maxBuffers: 0, maxBytes: 2 ** 24, maxTimeMs: 0, maxAgeMs: 0, onFull: 'block' } },
        },
        links: ['microphone-source ! ear'],
      },
      { clock: new SystemClock() },
    );
    made.pipeline.bus.on('*', () => look());
    const run = made.pipeline.run();
    const until = (condition: () => boolean): Promise<void> =>
      Promise.race([
        new Promise<void>((resolve) => {
          look = () => {
            if (condition()) resolve();
          };
          look();
        }),
        run.then(() => assert.fail('it ended early')),
      ]);
    const texts = (code: string): string[] => made.messages.flatMap((one) => ('code' in one && one.code === code ? [one.text] : []));
    const stop = async () => {
      look = () => undefined;
      made.pipeline.stop();
      const summary = await run;
      made.assertClean();
      return summary.elements.find(({ name }) => name === 'microphone-source')!;
    };
    return { kept, until, texts, stop, ...made };
  };

  const samplesOf = (kept: readonly Kept[]): Float32Array => {
    const all = new Float32Array(kept.reduce((sum, { bytes }) => sum + bytes.length / 4, 0));
    let filled = 0;
    for (const { bytes } of kept) {
      all.set(new Float32Array(bytes.buffer), filled);
      filled += bytes.length / 4;
    }
    return all;
  };

  const tool = (program: string, ...args: readonly string[]): Buffer => {
    const { status, stdout, stderr } = spawnSync(program, args, { maxBuffer: 2 ** 28 });
    assert.equal(status, 0, stderr?.toString());
    return stdout;
  };

  /** Speech as a WAV file, and as the samples that are to be heard of it. */
  const speech = (): { file: string; samples: Float32Array } => {
    tool('espeak-ng', '-w', at('said.wav'), '-s', '160', TEXT);
    tool('ffmpeg', '-v', 'error', '-i', at('said.wav'), '-ar', '48000', '-c:a', 'pcm_s16le', at('speech.wav'));
    const raw = tool('ffmpeg', '-v', 'error', '-i', at('speech.wav'), '-ac', '1', '-ar', String(RATE), '-f', 'f32le', '-');
    return { file: at('speech.wav'), samples: new Float32Array(raw.buffer.slice(raw.byteOffset, raw.byteOffset + raw.length)) };
  };

  const continuous = (kept: readonly Kept[]): boolean =>
    kept.every(({ pts, buffer }, index) => {
      const before = kept[index - 1];
      return before === undefined || buffer.discont || buffer.epoch !== before.buffer.epoch || pts === before.pts + before.buffer.duration!;
    });

  for (const [name, props] of [
    ['by the sound server', {}],
    ['by ALSA, in this process', { system: 'alsa', server: undefined, backend: 'node-av' }],
    ['by ALSA, in a process of its own', { system: 'alsa', server: undefined, backend: 'ffmpeg' }],
    ['by GStreamer', { backend: 'gstreamer' }],
  ] as const) {
    it(`hears what is said ${name}: all of it, as loud as it is, and nothing else`, async function () {
      needsSoundServer(this, 'espeak-ng');
      if (name === 'by GStreamer') {
        needsGstreamer(this);
        needsElements(this, 'pulsesrc');
      }
      const { ALSA_CONFIG_PATH: before } = process.env;
      process.env.ALSA_CONFIG_PATH = server.alsa;
      try {
        const { file, samples: said } = speech();
        // Long stretches, of which several may wait: a machine that is busy for a second loses none.
        const { kept, until, stop, texts } = listening({ ...props, chunkMs: 500 });
        await until(() => kept.length > 0);
        server.play(file);
        const loud = (): number => kept.findIndex(({ bytes }) => loudness(new Float32Array(bytes.buffer)) > 0.001);
        await until(() => loud() >= 0 && kept.length >= loud() + 2 + Math.ceil(said.length / RATE / 0.5));
        const { dropped } = await stop();
        assert.deepEqual(texts('media/reconnecting'), []);
        assert.ok(continuous(kept));
        if (dropped.overrun !== undefined) {
          console.log(`      (the machine was too busy to hear all of it: ${dropped.overrun} stretches were lost, and counted)`);
          return;
        }
        const heard = samplesOf(kept);
        const { at: began, correlation, gain } = likeness(said, heard);
        assert.ok(correlation > 0.9999, `a correlation of ${correlation}`);
        assert.ok(Math.abs(gain - 1) < 0.001, `${1 / gain} times as loud`);
        const rest = [heard.subarray(0, began - RATE / 100), heard.subarray(began + said.length + RATE / 100)];
        assert.ok(
          rest.every((part) => part.every((sample) => Math.abs(sample) < 0.001)),
          'there is silence before and after it',
        );
      } finally {
        if (before === undefined) delete process.env.ALSA_CONFIG_PATH;
        else process.env.ALSA_CONFIG_PATH = before;
      }
    });
  }

  it('leads the graph with its clock, bears the time of day, and counts on without a seam', async () => {
    server.hum();
    const from = Date.now() * 1000;
    const { kept, until, stop, messages } = listening({ chunkMs: 100 });
    await until(() => kept.length >= 10);
    const to = Date.now() * 1000;
    await stop();
    assert.ok(messages.some((one) => one.type === 'clock-selected' && one.clock === 'microphone-source'));
    assert.ok(continuous(kept));
    // By a wall clock that nobody sets meanwhile.
    assert.ok(kept.every(({ buffer }) => buffer.meta.capturedAt! > from - 1e6 && buffer.meta.capturedAt! + 100_000 <= to + 1e6));
  });

  it('says that it is mute, and that it is not any more', async () => {
    server.hum();
    const { kept, until, stop, texts } = listening({ muteAfterMs: 200 });
    await until(() => kept.some(({ bytes }) => loudness(new Float32Array(bytes.buffer)) > 0.01));
    server.control('set-source-mute', 'voice', '1');
    await until(() => texts('media/muted').length > 0);
    server.control('set-source-mute', 'voice', '0');
    await until(() => texts('media/unmuted').length > 0);
    await stop();
  });

  it('is opened anew when its server was frozen, and when it was killed and is there again', async () => {
    const { kept, until, stop, texts } = listening({ silenceTimeoutMs: 1500, connectTimeoutMs: 20_000 });
    const epoch = (): number => kept.at(-1)!.buffer.epoch;
    await until(() => kept.length >= 5);
    const first = epoch();
    server.freeze();
    await until(() => texts('media/reconnecting').some((text) => /fallen silent/.test(text)));
    server.thaw();
    await until(() => epoch() > first);
    const [second, warnings] = [epoch(), texts('media/reconnecting').length];
    await server.stop();
    await until(() => texts('media/reconnecting').length > warnings);
    await server.start();
    await until(() => epoch() > second);
    await stop();
    const children = tool('ps', '--ppid', String(process.pid), '-o', 'comm=').toString().trim().split('\n');
    assert.ok(!children.includes('ffmpeg'), 'no child is left behind');
    const epochs = [...new Set(kept.map(({ buffer }) => buffer.epoch))];
    assert.deepEqual(
      epochs,
      Array.from({ length: epoch() + 1 }, (_, index) => index),
    );
    assert.equal(texts('media/reconnected').length, epoch());
    assert.ok(kept.every(({ pts }, index) => index === 0 || pts >= kept[index - 1]!.pts));
  });

  it('names those that are there where it is asked for one that is not', async () => {
    const { until, stop, texts } = listening({ device: 'nobody' });
    await until(() => texts('media/reconnecting').length > 0);
    await stop();
    assert.match(texts('media/reconnecting')[0]!, /Cannot open microphone nobody: .*; those here: .*voice \(Voice, pulse\)/);
  });

  it('tells a server that is not there from a device that it does not have', async () => {
    await server.stop();
    const { until, stop, texts } = listening({});
    await until(() => texts('media/reconnecting').length > 0);
    await stop();
    assert.match(texts('media/reconnecting')[0]!, /Cannot open microphone voice: no sound server answers/);
  });

  it('is among the microphones that are listed', async () => {
    const found = (await microphones(server.address)).filter(({ system }) => system === 'pulse');
    assert.deepEqual(
      found.map(({ device, name, isDefault }) => [device, name, isDefault]),
      [
        ['loudspeaker.monitor', 'Monitor of Loudspeaker', false],
        ['voice', 'Voice', true],
      ],
    );
  });
});
