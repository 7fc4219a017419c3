// Sounds for tests, each as one stretch that repeats without a seam, so that giving it takes no more than copying.
import type { AudioFormat } from '../reader/audio-stream-info.ts';
import { seededRandom } from '../test-picture/seeded-random.ts';

export const TEST_SOUNDS = ['sine', 'silence', 'ticks', 'noise', 'sweep'] as const;

export interface TestSoundOptions {
  readonly sound: (typeof TEST_SOUNDS)[number];
  readonly format: AudioFormat;
  readonly rate: number;
  readonly channels: number;
  /** Whole waves a second, so that a second of them repeats. */
  readonly frequency: number;
  /** From 0 to 1. */
  readonly volume: number;
  readonly seed: number;
}

const SWEEP_SECONDS = 4;
const TICK_SECONDS = 0.01;

/** The bytes of one stretch: a second, or as long as a sweep is. */
export function testSound({ sound, format, rate, channels, frequency, volume, seed }: TestSoundOptions): Uint8Array {
  const samples = rate * (sound === 'sweep' ? SWEEP_SECONDS : 1);
  const random = seededRandom(seed);
  const wave = (index: number, hertz: number): number => Math.sin((2 * Math.PI * hertz * index) / rate);
  const at = (index: number): number => {
    switch (sound) {
      case 'sine':
        return wave(index, frequency);
      case 'silence':
        return 0;
      case 'ticks':
        return index < rate * TICK_SECONDS ? wave(index, frequency) : 0;
      case 'noise':
        return 2 * random() - 1;
      case 'sweep':
        // From nothing up to the frequency; the phase is the integral of it.
        return Math.sin((Math.PI * frequency * index * index) / (rate * samples));
    }
  };
  const all = format === 'S16' ? new Int16Array(samples * channels) : new Float32Array(samples * channels);
  const scale = format === 'S16' ? 32_767 * volume : volume;
  for (let index = 0; index < samples; index++) {
    const value = at(index) * scale;
    all.fill(format === 'S16' ? Math.round(value) : value, index * channels, (index + 1) * channels);
  }
  return new Uint8Array(all.buffer);
}
