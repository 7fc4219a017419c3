/** How samples are written: 32-bit floats from -1 to 1, or 16-bit integers; channels side by side, sample after sample. */
export const AUDIO_FORMATS = ['F32', 'S16'] as const;

export type AudioFormat = (typeof AUDIO_FORMATS)[number];

/** Bytes of one sample of one channel. */
export const BYTES_PER_SAMPLE: Readonly<Record<AudioFormat, number>> = { F32: 4, S16: 2 };

/** What an audio stream is, as its samples arrive. */
export interface AudioStreamInfo {
  readonly format: AudioFormat;
  /** Samples a second of each channel. */
  readonly rate: number;
  readonly channels: number;
  /** Samples a second as coded. */
  readonly codedRate: number;
  readonly codedChannels: number;
  readonly durationUs: number | undefined;
  /** FFmpeg's name of the codec: `aac`, `opus`, `flac`, `pcm_s16le` … */
  readonly codec: string;
  /** FFmpeg's name of the container. */
  readonly container: string;
  /** ISO 639, where the container tells. */
  readonly language: string | undefined;
}
