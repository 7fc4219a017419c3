// What a reader is to open, whichever library stands behind it.
import { MediaError } from '../media-error.ts';

/** A file on this machine. */
export interface FileInput {
  readonly kind: 'file';
  readonly path: string;
  /** `true` starts over for ever, a number plays the file that many times. Default 1. */
  readonly loop?: boolean | number | undefined;
}

/** A stream that comes over the network: RTSP, HTTP (HLS, MJPEG, plain files), RTP, UDP, SRT, RTMP. */
export interface NetworkInput {
  readonly kind: 'network';
  /** May hold a user and a password, and is never shown as it is: see {@link shownInput}. */
  readonly url: string;
  /** How RTSP brings its packets. Default `tcp`. */
  readonly transport?: 'tcp' | 'udp' | undefined;
  /** How long packets that came out of order are waited for, in milliseconds. Default 200. */
  readonly latencyMs?: number | undefined;
  /** How long the other side may say nothing, while it is being connected to or after, before reading fails. Default 5000. */
  readonly timeoutMs?: number | undefined;
  /** Whether a certificate has to be good. Default true. */
  readonly verifyTls?: boolean | undefined;
  /** What comes happens now, and cannot wait. Default: so, but for http and https. */
  readonly isLive?: boolean | undefined;
  /** A file of the certificates that are trusted, in place of those that the system knows. */
  readonly caFile?: string | undefined;
}

/** A camera of this machine. */
export interface CameraInput {
  readonly kind: 'camera';
  /** `/dev/video0`, or the name that the system gives it. Default: the first one. */
  readonly device?: string | undefined;
  /** Pixels; left out, what the camera prefers. */
  readonly width?: number | undefined;
  readonly height?: number | undefined;
  /** Frames a second. */
  readonly frameRate?: number | undefined;
  /** How it is to code pictures, in FFmpeg's words: `mjpeg`, `yuyv422`, `h264`. */
  readonly codedFormat?: string | undefined;
}

/** A microphone, or another source of sound, of this machine. */
export interface MicrophoneInput {
  readonly kind: 'microphone';
  /** Left out, the system's default. */
  readonly device?: string | undefined;
  /** Which sound system: ALSA, or PulseAudio and what speaks its protocol (PipeWire). Left out, what the back end has. */
  readonly system?: 'alsa' | 'pulse' | undefined;
  /** PulseAudio's server: `unix:/run/pulse/native`, `tcp:studio.local`. Left out, the session's. */
  readonly server?: string | undefined;
  readonly rate?: number | undefined;
  readonly channels?: number | undefined;
  /** In pieces of which length it is to give sound, in microseconds, where it can. */
  readonly chunkUs?: number | undefined;
}

/** Elements of GStreamer's, written as for gst-launch-1.0; what they give is what their last src pad gives. */
export interface LaunchInput {
  readonly kind: 'launch';
  readonly line: string;
  /** What it gives happens now, and cannot be held back. */
  readonly isLive: boolean;
  /** Where it runs: in a process of its own, or in this one. Default `auto`: in its own, where there is a program for that. */
  readonly process?: 'auto' | 'own' | 'this' | undefined;
}

export type MediaInput = FileInput | NetworkInput | CameraInput | MicrophoneInput | LaunchInput;

/** Whether what is read happens now: it cannot wait for the reader. */
export function isLiveInput(input: MediaInput): boolean {
  if (input.kind === 'launch') return input.isLive;
  if (input.kind === 'network') return input.isLive ?? !/^https?:/i.test(input.url);
  return input.kind !== 'file';
}

/** What messages call an input: a URL without its password, and without the values of its query, which often hold keys. */
export function shownInput(input: MediaInput): string {
  switch (input.kind) {
    case 'file':
      return input.path;
    case 'network':
      return shownUrl(input.url);
    case 'camera':
      return `camera ${input.device ?? '(the first)'}`;
    case 'microphone':
      return `microphone ${input.device ?? '(the default)'}`;
    case 'launch':
      return `"${shownLine(input.line)}"`;
  }
}

/** A launch line, or what is said of one, as it may be shown: no passwords, and no values of queries. */
export function shownLine(line: string): string {
  const shown = line.replace(/[a-z][a-z0-9+.-]*:\/\/[^\s'"]+/gi, (url) => shownUrl(url));
  return shown.replace(/\b((?:\w+-)*(?:pw|password|passphrase|token|secret|key|user-id)\s*=\s*)("[^"]*"|'[^']*'|\S+)/gi, '$1***');
}

/** A URL as it may be shown. */
export function shownUrl(url: string): string {
  const [, scheme, credentials, rest] = /^([a-z][a-z0-9+.-]*:\/\/)?(?:([^/?#]*)@)?(.*)$/is.exec(url) as unknown as [
    string,
    string?,
    string?,
    string?,
  ];
  const place = (rest ?? '').replace(/([?&][^=&#]+)=[^&#]*/g, '$1=***');
  return `${scheme ?? ''}${credentials === undefined ? '' : '***@'}${place}`;
}

/** @throws RangeError when a file is to be played a number of times that is none. */
export function playsOf({ loop }: Pick<FileInput, 'loop'>): number {
  if (typeof loop === 'number' && !(Number.isInteger(loop) && loop >= 1)) {
    throw new RangeError(`loop must be true, false or a whole number from 1 on, found ${loop}`);
  }
  return loop === true ? Number.POSITIVE_INFINITY : Number(loop || 1);
}

/** What an input's URL asks for, such as `rtsp`. @throws MediaError `media/bad-url`. */
export function schemeOf({ url }: Pick<NetworkInput, 'url'>): string {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\/[^/]/i.exec(url)?.[1]?.toLowerCase();
  if (scheme !== undefined) return scheme;
  throw new MediaError('media/bad-url', `Cannot open ${shownUrl(url)}: it is no URL; expected one such as rtsp://camera.local:554/stream`);
}
