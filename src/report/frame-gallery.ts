// Pictures of some frames, with what was found in them drawn over each as SVG; a click shows one large, without any script.
import type { Detection } from '../media/detection/detections.ts';
import { classColour } from './class-colour.ts';
import { formatMoment } from './format-quantity.ts';
import type { FramePick } from './frame-picks.ts';
import { type Markup, markup } from './markup.ts';

/** A frame that was picked, as JPEG. */
export interface FramePicture extends Omit<FramePick, 'slab'> {
  readonly jpeg: Uint8Array;
}

/** Boxes that are drawn in one picture; the most certain come first. */
const BOXES = 60;

export function frameGallery(pictures: readonly FramePicture[], severalSources: boolean): Markup {
  return markup`<ul class="frames">
${pictures.map((picture, index) => cell(picture, index + 1, severalSources))}</ul>`;
}

function cell(picture: FramePicture, number: number, severalSources: boolean): Markup {
  const { width, height, jpeg, found, ptsUs, source } = picture;
  const data = `data:image/jpeg;base64,${Buffer.from(jpeg.buffer, jpeg.byteOffset, jpeg.length).toString('base64')}`;
  const said = found === undefined ? '' : found.items.length === 1 ? '1 object' : `${found.items.length} objects`;
  const title = `Frame at ${formatMoment(ptsUs)}${said === '' ? '' : `, ${said}`}`;
  return markup`<li id="place-${number}"><figure id="frame-${number}" style="--ratio:${(width / height).toFixed(3)};--size:${tenth(labelSize(picture))}px"><a href="#frame-${number}">
<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}"><image href="${data}" width="${width}" height="${height}"/>
${found?.items.slice(0, BOXES).map((item) => box(picture, item))}</svg></a>
<figcaption><b>${formatMoment(ptsUs)}</b> ${said} ${severalSources && source}</figcaption><a class="close" href="#place-${number}" aria-label="Close"></a></figure></li>`;
}

function box(picture: FramePicture, { box, classId, label, score }: Detection): Markup | undefined {
  const { width, height } = picture;
  const { sx, sy, tx, ty } = picture.affine;
  const [left, right] = [clamp(box[0] * sx + tx, width), clamp(box[2] * sx + tx, width)];
  const [top, bottom] = [clamp(box[1] * sy + ty, height), clamp(box[3] * sy + ty, height)];
  // Outside of a picture that shows a part of its frame.
  if (left >= right || top >= bottom) return undefined;
  const size = labelSize(picture);
  const colour = classColour(classId);
  // Above the box, or inside where there is no room above; never beyond the right edge.
  const y = top - size * 0.35 > size ? top - size * 0.35 : top + size * 1.05;
  const text = `${label} ${score.toFixed(2)}`;
  const isRight = left + text.length * size * 0.58 > width;
  // In small there is room for the label alone.
  return markup`<rect x="${tenth(left)}" y="${tenth(top)}" width="${tenth(right - left)}" height="${tenth(bottom - top)}" stroke="${colour}"><title>${text}</title></rect>
<text x="${tenth(isRight ? width - 2 : left)}" y="${tenth(y)}" text-anchor="${isRight ? 'end' : 'start'}" style="fill:${colour}">${label}<tspan> ${score.toFixed(2)}</tspan></text>`;
}

/** The height of labels in a small picture; lines follow from it, and all is finer in a large one (see page-style.ts). */
function labelSize({ width, height }: FramePicture): number {
  return Math.max(width, height) / 26;
}

function clamp(value: number, limit: number): number {
  return Math.min(limit, Math.max(0, value));
}

function tenth(value: number): number {
  return Math.round(value * 10) / 10;
}
