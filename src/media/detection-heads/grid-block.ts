import type { TensorReader } from '../tensor/tensor-reader.ts';
import { type BoxFormat, type Edges, toEdges } from './box-format.ts';
import type { DenseBlock } from './dense-read.ts';
import type { Grid } from './head-outputs.ts';

/** Places of attributes in a grid whose boxes stand beside its scores. */
export interface GridParts {
  /** The first class's place among the attributes. */
  readonly firstClass: number;
  readonly classes: number;
  readonly objectness?: number | undefined;
  /** Four numbers from the first attribute on, by default as they are. */
  readonly format: BoxFormat;
}

/** The block that a grid of anchors by attributes is. */
export function gridBlock(grid: Grid, { firstClass, classes, objectness, format }: GridParts): DenseBlock {
  const { output, anchors, anchorStep, attributeStep } = grid;
  return {
    output,
    anchors,
    classes,
    first: firstClass * attributeStep,
    anchorStep,
    classStep: attributeStep,
    objectness: objectness === undefined ? undefined : objectness * attributeStep,
    activation: 'none',
    boxes: (tensors) => gridBoxes(grid, format, tensors),
  };
}

/** Boxes of four numbers, the first attributes of a grid. */
export function gridBoxes({ output, anchorStep, attributeStep }: Grid, format: BoxFormat, tensors: TensorReader) {
  const { values } = tensors.floats(output.name);
  return (anchor: number, edges: Edges): void => {
    const at = anchor * anchorStep;
    const [a, b] = [values[at]!, values[at + attributeStep]!];
    toEdges(format, a, b, values[at + 2 * attributeStep]!, values[at + 3 * attributeStep]!, edges);
  };
}
