import assert from 'node:assert/strict';
import fc from 'fast-check';
import { boxPlacement } from '../../src/media/detection/box-placement.ts';
import { type Affine, composeAffine, IDENTITY, invertAffine } from '../../src/media/geometry.ts';
import { affineOf, placePicture } from '../../src/media/picture/picture-place.ts';

const factor = fc.double({ min: 0.05, max: 20, noNaN: true });
const offset = fc.double({ min: -500, max: 500, noNaN: true });
const affine = fc.record({ sx: factor, sy: factor, tx: offset, ty: offset });
const side = fc.integer({ min: 8, max: 2000 });
const size = fc.record({ width: side, height: side });

const apply = ({ sx, sy, tx, ty }: Affine, [x, y]: readonly [number, number]) => [x * sx + tx, y * sy + ty] as const;
const near = (a: readonly number[], b: readonly number[], tolerance: number): void => {
  for (const [index, value] of a.entries())
    assert.ok(Math.abs(value - b[index]!) <= tolerance * Math.max(1, Math.abs(value)), `${a} for ${b}`);
};

describe('geometry', () => {
  it('composes affines in the order in which they are applied', () => {
    fc.assert(
      fc.property(affine, affine, offset, offset, (first, second, x, y) => {
        near(apply(composeAffine(first, second), [x, y]), apply(second, apply(first, [x, y])), 1e-9);
      }),
    );
  });

  it('inverts an affine, and refuses one that flattens', () => {
    fc.assert(
      fc.property(affine, offset, offset, (one, x, y) => {
        near(apply(invertAffine(one), apply(one, [x, y])), [x, y], 1e-7);
      }),
    );
    assert.throws(() => invertAffine({ sx: 0, sy: 1, tx: 0, ty: 0 }), RangeError);
  });

  it('brings boxes back to the source frame through whatever was cut and scaled on the way', () => {
    const fit = fc.constantFrom('letterbox' as const, 'stretch' as const, 'crop' as const);
    const anchor = fc.constantFrom('center' as const, 'topLeft' as const);
    fc.assert(
      fc.property(size, size, size, fit, fit, anchor, (frame, middle, picture, one, other, where) => {
        const first = affineOf(placePicture(frame, middle, { fit: one, anchor: where }));
        const whole = composeAffine(composeAffine(IDENTITY, first), affineOf(placePicture(middle, picture, { fit: other, anchor: where })));
        const box = [frame.width * 0.25, frame.height * 0.25, frame.width * 0.5, frame.height * 0.75] as const;
        const [left, top] = apply(whole, [box[0], box[1]]);
        const [right, bottom] = apply(whole, [box[2], box[3]]);
        const geometry = { frame, affine: whole };
        near(boxPlacement(picture, 'pixels', geometry)(left, top, right, bottom)!, box, 1e-6);
        const { width, height } = picture;
        near(boxPlacement(picture, 'normalised', geometry)(left / width, top / height, right / width, bottom / height)!, box, 1e-6);
      }),
    );
  });

  it('clips boxes to the frame, and gives nothing for one that is empty there', () => {
    const place = boxPlacement({ width: 100, height: 50 }, 'pixels', undefined);
    assert.deepEqual(place(-5, -5, 105, 55), [0, 0, 100, 50]);
    const empty: readonly (readonly [number, number, number, number])[] = [
      [100, 0, 120, 50],
      [5, 5, 5, 10],
      [5, 5, 4, 10],
      [Number.NaN, 0, 10, 10],
      [0, 0, Number.NaN, 10],
    ];
    for (const edges of empty) assert.equal(place(...edges), undefined, `${edges}`);
  });
});
