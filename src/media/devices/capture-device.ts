/** What a camera can do, or a microphone. */
export interface CaptureMode {
  /** Pixels; of cameras. */
  readonly width?: number;
  readonly height?: number;
  /** Frames a second; of cameras. */
  readonly frameRates?: readonly [lowest: number, highest: number];
  /** Samples a second; of microphones. */
  readonly rate?: number;
  readonly channels?: number;
  /** FFmpeg's name of how pictures or samples come. */
  readonly format: string | undefined;
}

export interface CaptureDevice {
  readonly kind: 'camera' | 'microphone';
  /** What `device` of camera-source and microphone-source takes. */
  readonly device: string;
  /** What its maker, or the system, calls it. */
  readonly name: string;
  /** Through what it is reached: `v4l2`, `alsa`, `avfoundation`, `dshow`, `pulse`. */
  readonly system: string;
  readonly isDefault: boolean;
  /** Empty where the system does not tell. */
  readonly modes: readonly CaptureMode[];
}
