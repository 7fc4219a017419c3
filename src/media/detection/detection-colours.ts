/** A colour: red, green and blue, 0..255. */
export type Colour = readonly [red: number, green: number, blue: number];

/** Colours of classes, told apart by most people with impaired colour vision as well (after Okabe and Ito, and Paul Tol). */
export const DETECTION_COLOURS: readonly Colour[] = [
  [0, 158, 255],
  [255, 140, 0],
  [0, 190, 120],
  [230, 60, 120],
  [150, 110, 255],
  [240, 215, 40],
  [60, 215, 230],
  [255, 95, 60],
  [170, 200, 60],
  [205, 130, 220],
];
