// Makes buffers of a src pad out of what a reader gives, and changes the pad's caps when the stream does.
import { caps, type FixedCaps, sameCaps } from '../../core/caps/caps.ts';
import type { ElementContext } from '../../core/element/element-context.ts';
import { StreamBuffer } from '../../core/stream/buffer.ts';
import type { VideoStreamInfo } from '../video/video-stream-info.ts';
import { type AudioStreamInfo, BYTES_PER_SAMPLE } from './audio-stream-info.ts';
import type { AudioFrame, MediaFrame, VideoFrame } from './media-frame.ts';

declare module '../../core/stream/buffer.ts' {
  interface BufferMeta {
    /** Of what a live source captured: when, in microseconds since 1970, by its sender's clock where that tells, else by this machine's. */
    readonly capturedAt?: number;
  }
}

/** The caps of pictures. */
export function videoCaps({ format, width, height, matrix, range, frameRate }: VideoStreamInfo): readonly [FixedCaps] {
  return caps('video/raw', { format, width, height }, { matrix, range, frameRate });
}

/** The caps of sound. */
export function audioCaps({ format, rate, channels }: AudioStreamInfo): readonly [FixedCaps] {
  return caps('audio/raw', { format, rate, channels });
}

type Buffer = StreamBuffer<undefined>;

export class FramePad {
  private readonly context: Pick<ElementContext, 'setCaps'>;
  private readonly pad: string;
  /** What the pad gives now. */
  current: FixedCaps;
  private info: VideoStreamInfo | AudioStreamInfo | undefined;

  /** @param info What the caps that were negotiated stand for; left out, the first frame's are set. */
  constructor(context: Pick<ElementContext, 'setCaps'>, pad: string, current: FixedCaps, info?: VideoStreamInfo | AudioStreamInfo) {
    this.context = context;
    this.pad = pad;
    this.current = current;
    this.info = info;
  }

  /** The buffer of a frame, whose slab it takes over. */
  buffer(frame: MediaFrame): Buffer | Promise<Buffer> {
    const make = (): Buffer => (frame.kind === 'video' ? pictureBuffer(frame, this.current) : soundBuffer(frame, this.current));
    if (frame.info === this.info) return make();
    this.info = frame.info;
    const described = (frame.kind === 'video' ? videoCaps(frame.info) : audioCaps(frame.info))[0];
    // A camera that is there again mostly is as it was: nothing behind it has to begin anew for that, least of all the batches of others.
    if (sameCaps(described, this.current)) return make();
    this.current = described;
    return Promise.resolve(this.context.setCaps(this.pad, this.current)).then(make);
  }
}

function pictureBuffer(
  { slab, layout, ptsUs: pts, durationUs: duration, corrupt, discont, epoch, capturedAtUs }: VideoFrame,
  one: FixedCaps,
): Buffer {
  const init = { caps: one, pts, duration, slabs: [slab], bytes: layout.bytes, corrupt, discont, epoch };
  return new StreamBuffer(capturedAtUs === undefined ? init : { ...init, meta: { capturedAt: capturedAtUs } });
}

function soundBuffer(
  { slab, samples, info, ptsUs: pts, durationUs: duration, discont, epoch, capturedAtUs }: AudioFrame,
  one: FixedCaps,
): Buffer {
  const bytes = samples * info.channels * BYTES_PER_SAMPLE[info.format];
  const init = { caps: one, pts, duration, slabs: [slab], bytes, discont, epoch };
  return new StreamBuffer(capturedAtUs === undefined ? init : { ...init, meta: { capturedAt: capturedAtUs } });
}
