// Cuts the objects of one frame out of it, each with one pass of the kernel that scales pictures.

import type { FixedCaps } from '../../core/caps/caps.ts';
import type { ElementContext } from '../../core/element/element-context.ts';
import type { StreamBuffer } from '../../core/stream/buffer.ts';
import type { Flow, FlowReturn } from '../../core/stream/flow-return.ts';
import type { CroppedObject } from '../../media/detection/cropped-object.ts';
import type { Box, Detection, DetectionSet } from '../../media/detection/detections.ts';
import type { DetectionsMark } from '../../media/detection/detections-mark.ts';
import { IDENTITY } from '../../media/geometry.ts';
import { modelPreprocess } from '../../media/picture/model-preprocess.ts';
import { sizeOf } from '../../media/picture/picture-caps.ts';
import { pictureBytes, pictureHooks } from '../../media/picture/picture-hooks.ts';
import { type PicturePlace, placePicture, type Rectangle, type Size } from '../../media/picture/picture-place.ts';
import type { Preprocess } from '../../media/picture/preprocess.ts';
import type { Pool } from '../../memory/pool.ts';

export interface CropRules {
  readonly margin: number;
  readonly labels?: readonly string[] | undefined;
  readonly minSize: number;
  readonly maxObjects: number;
}

interface Chosen {
  readonly detection: Detection;
  readonly item: number;
  readonly from: Rectangle;
}

export class ObjectCropper {
  private readonly context: ElementContext;
  private readonly sink: FixedCaps;
  private readonly src: FixedCaps;
  private readonly rules: CropRules;
  private readonly preprocess: Preprocess;
  private readonly size: Size;
  private readonly pool: Pool;

  constructor(
    context: ElementContext,
    { sink, src, props }: { sink: FixedCaps; src: FixedCaps; props: CropRules & Parameters<typeof modelPreprocess>[1] },
  ) {
    this.context = context;
    this.sink = sink;
    this.src = src;
    this.rules = props;
    const rules = modelPreprocess(src, props);
    // A model that sees objects says how they are brought to size; without one they fill the crop.
    this.preprocess = { ...rules, fit: props.fit ?? (src.info?.['preprocess'] === undefined ? 'stretch' : rules.fit) };
    this.size = sizeOf(src);
    this.pool = context.pool({ slabBytes: pictureBytes(src), spare: 1 });
  }

  /** Sends a crop for each object, with the time of its boxes; false where there is none to send. */
  async cut(frame: StreamBuffer, boxes: StreamBuffer, { sequence, nth }: DetectionsMark): Promise<FlowReturn | undefined> {
    const of = { sequence, nth };
    const chosen = this.choose(frame, boxes.value as DetectionSet);
    let result: FlowReturn | undefined;
    for (const [slot, { detection, item, from }] of chosen.entries()) {
      const object = { detection, of, item, slot, slots: chosen.length, framePts: frame.pts, frameSequence: frame.sequence };
      result = await this.send(frame, boxes, from, object);
      if (result !== 'ok' && result !== 'not-linked') break;
    }
    return result;
  }

  close(): void {
    this.pool.close();
  }

  private async send(frame: StreamBuffer, { pts, duration, discont }: StreamBuffer, from: Rectangle, object: CroppedObject): Promise<Flow> {
    const slab = await this.context.waiting(Promise.resolve(this.pool.acquire()));
    const { context, sink, src, preprocess } = this;
    const hooks = pictureHooks({ arena: context.arena, sink, src, place: placeIn(from, this.size, preprocess), preprocess });
    try {
      const crop = hooks.transform(frame as StreamBuffer<undefined>, slab);
      const buffer = crop.derive({ pts, duration, discont: discont && object.slot === 0, meta: { object } });
      crop.release();
      return context.push('src', buffer);
    } finally {
      hooks.close();
    }
  }

  /** The objects that are cut out, and where they lie in the picture that there is of their frame. */
  private choose({ meta }: StreamBuffer, { items }: DetectionSet): Chosen[] {
    const { labels, minSize, maxObjects } = this.rules;
    const chosen: Chosen[] = [];
    for (const [item, detection] of items.entries()) {
      if (chosen.length === maxObjects) break;
      const [left, top, right, bottom] = detection.box;
      // A box that is none has no place in the picture.
      if (
        !detection.box.every(Number.isFinite) ||
        labels?.includes(detection.label) === false ||
        Math.min(right - left, bottom - top) < minSize
      )
        continue;
      const from = this.rectangleOf(detection.box, meta.geometry?.affine ?? IDENTITY);
      if (from !== undefined) chosen.push({ detection, item, from });
    }
    return chosen;
  }

  /** The whole pixels that a box touches, with its margin; undefined where none of them is in the picture. */
  private rectangleOf([left, top, right, bottom]: Box, { sx, sy, tx, ty }: typeof IDENTITY): Rectangle | undefined {
    const picture = sizeOf(this.sink);
    const { margin } = this.rules;
    const [dx, dy] = [right * margin - left * margin, bottom * margin - top * margin];
    const x = Math.max(0, Math.floor((left - dx) * sx + tx));
    const y = Math.max(0, Math.floor((top - dy) * sy + ty));
    const width = Math.min(picture.width, Math.ceil((right + dx) * sx + tx)) - x;
    const height = Math.min(picture.height, Math.ceil((bottom + dy) * sy + ty)) - y;
    return width > 0 && height > 0 ? { x, y, width, height } : undefined;
  }
}

/** From which part of a frame to which part of a crop pixels go. */
function placeIn(rectangle: Rectangle, size: Size, rules: Preprocess): PicturePlace {
  const { from, to } = placePicture(rectangle, size, rules);
  return { from: { ...from, x: from.x + rectangle.x, y: from.y + rectangle.y }, to };
}
