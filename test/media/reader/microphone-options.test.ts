import assert from 'node:assert/strict';
import { type InputOptions, inputOptions } from '../../../src/media/reader/input-options.ts';
import type { MicrophoneInput } from '../../../src/media/reader/media-input.ts';

describe('how FFmpeg is asked for a microphone', () => {
  const own = Object.getOwnPropertyDescriptor(process, 'platform')!;
  afterEach(() => Object.defineProperty(process, 'platform', own));

  const asked = (platform: NodeJS.Platform, input: Omit<MicrophoneInput, 'kind'>): InputOptions => {
    Object.defineProperty(process, 'platform', { ...own, value: platform });
    return inputOptions({ kind: 'microphone', ...input });
  };
  /** Nothing is listened to beforehand: a device says what it gives. */
  const SOON = { probesize: '32', analyzeduration: '0' };

  it('of a sound server, with the length of its pieces in bytes', () => {
    const { url, driver, options } = asked('linux', {
      system: 'pulse',
      device: 'voice',
      server: 'tcp:studio',
      channels: 1,
      chunkUs: 20_000,
    });
    assert.deepEqual([url, driver], ['voice', 'pulse']);
    // 20 ms of 48 kHz, of two bytes each.
    assert.deepEqual(options, { ...SOON, channels: '1', name: 'leat', fragment_size: '1920', server: 'tcp:studio' });
    assert.equal(asked('linux', { system: 'pulse', rate: 96_000, chunkUs: 10_000 }).options.fragment_size, '3840');
    assert.equal(asked('linux', { system: 'pulse' }).url, 'default');
  });

  it('of ALSA', () => {
    assert.deepEqual(asked('linux', { system: 'alsa', device: 'hw:1,0', rate: 44_100, channels: 2 }), {
      url: 'hw:1,0',
      driver: 'alsa',
      options: { ...SOON, sample_rate: '44100', channels: '2' },
    });
  });

  it('of AVFoundation and of DirectShow, in the words of each', () => {
    assert.deepEqual(asked('darwin', { device: 'MacBook Pro Microphone', rate: 48_000 }), {
      url: ':MacBook Pro Microphone',
      driver: 'avfoundation',
      options: SOON,
    });
    assert.deepEqual(asked('win32', { device: 'Microphone (USB)', chunkUs: 30_000 }), {
      url: 'audio=Microphone (USB)',
      driver: 'dshow',
      options: { ...SOON, audio_buffer_size: '30' },
    });
  });

  it('of nothing where there is no way to devices', () => {
    assert.throws(() => asked('aix', {}), /FFmpeg has no way to the devices of aix/);
  });
});
