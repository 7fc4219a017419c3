// What gst-launch-1.0 tells of a decoder's work, line by line: which streams it has found, and what they are decoded to.
import type { VideoStreamInfo } from '../video/video-stream-info.ts';
import { codecOfCaps, containerName } from './codec-name.ts';
import { rotationOf } from './gdp-stream.ts';

export type StreamKind = 'video' | 'audio';

/** Where the first stream of a kind ends that is looked at, by name. */
export const SINKS: Readonly<Record<StreamKind, string>> = { video: 'leat-video', audio: 'leat-audio' };

const CAPS = /\/(\w+):([\w-]+)\.(?:\w+):(\w+): caps = (.*)$/;

export class DecoderLog {
  container = 'unknown';
  rotation: VideoStreamInfo['rotation'] = 0;
  language: string | undefined;
  /** What the first stream of each kind is decoded to, as caps. */
  readonly decoded = new Map<StreamKind, string>();
  /** Caps of what the container holds, by the number that the decoder gives it. */
  private readonly coded = new Map<string, string>();
  private isTyped = false;

  push(line: string): void {
    const caps = CAPS.exec(line);
    if (caps !== null) this.hearCaps(...(caps.slice(1) as [string, string, string, string]));
    this.rotation = rotationOf(/^ *image orientation: (\S+)/.exec(line)?.[1]) ?? this.rotation;
    this.language ??= /^ *language code: (\w+)/.exec(line)?.[1];
  }

  /** Caps of the streams of a kind as the container has them, in its order. */
  streams(kind: StreamKind): readonly string[] {
    const all = [...this.coded.values()].filter((caps) => kindOf(caps) === kind && codecOfCaps(caps) !== undefined);
    const first = this.decoded.get(kind);
    return all.length === 0 && first !== undefined ? [first] : all;
  }

  private hearCaps(type: string, name: string, pad: string, caps: string): void {
    if (caps === 'NULL') return;
    if (type === 'GstTypeFindElement' && pad === 'src' && !this.isTyped) {
      this.isTyped = true;
      this.container = containerName(caps);
      // What is in no container is what it is.
      if (kindOf(caps) !== undefined && codecOfCaps(caps) !== undefined) this.coded.set('typefind', caps);
    }
    if (type === 'GstMultiQueue' && pad.startsWith('src')) {
      this.coded.delete('typefind');
      this.coded.set(`${name}.${pad}`, caps);
    }
    for (const kind of ['video', 'audio'] as const) if (name === SINKS[kind]) this.decoded.set(kind, caps);
  }
}

function kindOf(caps: string): StreamKind | undefined {
  const type = /^(video|audio|image)\//.exec(caps)?.[1];
  return type === 'image' ? 'video' : (type as StreamKind | undefined);
}
