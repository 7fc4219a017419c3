import assert from 'node:assert/strict';
import { chooseMicrophone, openMicrophone } from '../../../src/media/live-sound/open-microphone.ts';
import { MediaError } from '../../../src/media/media-error.ts';
import type { MediaBackend } from '../../../src/media/reader/media-backend.ts';
import type { MicrophoneInput } from '../../../src/media/reader/media-input.ts';
import type { MediaReader, ReadOptions } from '../../../src/media/reader/media-reader.ts';

describe('opening a microphone', () => {
  const none = new MediaError('media/no-backend', 'Cannot open microphone (the default): none of the ways to read media can');
  const microphone: MicrophoneInput = { kind: 'microphone' };

  /** Who reads what is not refused, and which inputs that was asked of. */
  const choosing = (refuses: (input: MicrophoneInput) => boolean) => {
    const asked: MicrophoneInput['system'][] = [];
    const choose = async (input: unknown) => {
      asked.push((input as MicrophoneInput).system);
      if (refuses(input as MicrophoneInput)) throw none;
      return { backend: {} as MediaBackend, because: 'it can' };
    };
    return { asked, choose: choose as never };
  };

  const withServer = async (test: () => Promise<void>): Promise<void> => {
    const { PULSE_SERVER: before } = process.env;
    process.env.PULSE_SERVER = 'unix:/run/of/nobody';
    try {
      await test();
    } finally {
      if (before === undefined) delete process.env.PULSE_SERVER;
      else process.env.PULSE_SERVER = before;
    }
  };

  it('goes by the server, and by ALSA where nobody speaks to that', async function () {
    if (process.platform !== 'linux') this.skip();
    await withServer(async () => {
      const both = choosing(() => false);
      assert.equal((await chooseMicrophone(microphone, {}, both.choose)).input.system, 'pulse');
      const plain = choosing(({ system }) => system === 'pulse');
      assert.equal((await chooseMicrophone(microphone, {}, plain.choose)).input.system, 'alsa');
      assert.deepEqual(plain.asked, ['pulse', 'alsa']);
    });
  });

  it('goes no other way than the one that is asked for', async () => {
    for (const asked of [{ system: 'pulse' }, { server: 'tcp:studio' }] as const) {
      const { choose } = choosing(({ system }) => system === 'pulse');
      await assert.rejects(chooseMicrophone({ ...microphone, ...asked }, {}, choose), none);
    }
  });

  const opening = async (input: Omit<MicrophoneInput, 'kind'>, takes: (channels: number | undefined) => boolean) => {
    const tried: (number | undefined)[] = [];
    const backend = {
      open: async ({ channels }: MicrophoneInput): Promise<MediaReader> => {
        tried.push(channels);
        if (!takes(channels)) throw new MediaError('media/no-device', `no ${channels} channels`);
        return {} as MediaReader;
      },
    } as unknown as MediaBackend;
    const opened = openMicrophone(backend, { ...microphone, ...input }, {} as ReadOptions);
    return {
      opened: await opened.then(
        () => 'opened',
        (error: Error) => error.message,
      ),
      tried,
    };
  };

  it('takes the channels that a device has which nobody stands before', async () => {
    assert.deepEqual(await opening({ system: 'alsa', device: 'hw:1,0' }, (channels) => channels === 1), {
      opened: 'opened',
      tried: [2, 1],
    });
    assert.deepEqual(await opening({ system: 'alsa', device: 'hw:1,0', channels: 1 }, (channels) => channels === 2), {
      opened: 'opened',
      tried: [1, 2],
    });
  });

  it('says what was wrong at first where nothing helps, and tries once where somebody converts', async () => {
    assert.deepEqual(await opening({ system: 'alsa', device: 'hw:1,0' }, () => false), { opened: 'no 2 channels', tried: [2, 1] });
    assert.deepEqual(await opening({ system: 'alsa', device: 'plughw:1,0' }, () => false), {
      opened: 'no undefined channels',
      tried: [undefined],
    });
    assert.deepEqual(await opening({ system: 'pulse', channels: 1 }, () => false), { opened: 'no 1 channels', tried: [1] });
  });
});
