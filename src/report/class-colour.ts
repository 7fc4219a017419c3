import { DETECTION_COLOURS } from '../media/detection/detection-colours.ts';

/** The CSS colour of a class, the same as in drawn frames; grey for what stands for several. */
export function classColour(classId: number): string {
  if (classId < 0) return 'rgb(140,145,155)';
  return `rgb(${DETECTION_COLOURS[classId % DETECTION_COLOURS.length]!.join(',')})`;
}
