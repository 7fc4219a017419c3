// Frames that a test draws, and a sink that keeps what arrives, with the caps and the geometry it arrived with.

import type { Caps, FixedCaps } from '../../src/core/caps/caps.ts';
import { caps } from '../../src/core/caps/caps.ts';
import type { AnyElementDefinition } from '../../src/core/element/define-element.ts';
import { anyMedia, type MediaType, sinkPad, srcPad } from '../../src/core/element/pad-template.ts';
import { StreamBuffer } from '../../src/core/stream/buffer.ts';
import { type FrameLayout, frameLayout, type VideoFormat } from '../../src/media/frame-layout.ts';
import type { Geometry } from '../../src/media/geometry.ts';
import { rawVideo } from '../../src/media/media-types.ts';
import { tinyElement } from './tiny-element.ts';

export interface TestFrame {
  readonly width: number;
  readonly height: number;
  readonly format?: VideoFormat;
  readonly info?: Record<string, unknown>;
  readonly pts?: number;
  readonly epoch?: number;
  /** Puts the pixels into the frame's bytes. */
  draw?(bytes: Uint8Array, layout: FrameLayout): void;
}

/** Gives frames, 10 ms apart; those of another size or format renegotiate. */
export function frameSource(
  name: string,
  frames: readonly TestFrame[],
  before?: (index: number) => void | Promise<void>,
): AnyElementDefinition {
  const capsOf = ({ width, height, format = 'I420', info = {} }: TestFrame): FixedCaps =>
    caps('video/raw', { format, width, height }, { matrix: 'bt601', range: 'limited', ...info })[0];
  return tinyElement(name, {
    pads: { src: srcPad(rawVideo()) },
    negotiate: { srcCaps: () => [capsOf(frames[0]!)] },
    create: ({ context }) => {
      let last = JSON.stringify(capsOf(frames[0]!));
      let current = capsOf(frames[0]!);
      let index = 0;
      return {
        produce: async () => {
          const frame = frames[index];
          if (frame === undefined) return undefined;
          await before?.(index);
          const own = capsOf(frame);
          if (JSON.stringify(own) !== last) {
            last = JSON.stringify(own);
            current = own;
            await context.setCaps('src', own);
          }
          const layout = frameLayout(frame.format ?? 'I420', frame.width, frame.height);
          const slab = context.arena.allocate(layout.bytes);
          const bytes = context.arena.bytes(slab.offset, layout.bytes).fill(0);
          frame.draw?.(bytes, layout);
          const pts = frame.pts ?? index * 10_000;
          index++;
          return new StreamBuffer({ caps: current, pts, duration: 10_000, slabs: [slab], bytes: layout.bytes, epoch: frame.epoch ?? 0 });
        },
      };
    },
  });
}

export interface Kept {
  readonly caps: FixedCaps;
  readonly pts: number;
  readonly geometry: Geometry | undefined;
  readonly buffer: StreamBuffer;
  /** A copy of the payload. */
  readonly bytes: Uint8Array;
}

/** A sink that takes only certain caps and copies what it gets. */
export function keepingSink(name: string, kept: Kept[], accepts: Caps = 'any', hold?: () => void | Promise<void>): AnyElementDefinition {
  const media: MediaType = { ...anyMedia(), caps: accepts };
  return tinyElement(name, {
    pads: { sink: sinkPad(media) },
    create: ({ context, caps: { sink } }) => ({
      render: async (buffer) => {
        const bytes = buffer.slabs.length === 0 ? new Uint8Array() : context.arena.bytes(buffer.slab.offset, buffer.bytes).slice();
        kept.push({ caps: sink!, pts: buffer.pts, geometry: buffer.meta.geometry, buffer, bytes });
        await hold?.();
      },
    }),
  });
}

/** Fills a plane's rows, without their padding, with repeating bytes. */
export function fillPlane(bytes: Uint8Array, { planes }: FrameLayout, plane: number, values: readonly number[]): void {
  const { offset, stride, rows, rowBytes } = planes[plane]!;
  for (let y = 0; y < rows; y++) for (let x = 0; x < rowBytes; x++) bytes[offset + y * stride + x] = values[x % values.length]!;
}
