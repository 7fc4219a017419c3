// Finding a family's outputs among those of a model, and which axis is which.
import { type HeadOutput, Misfit } from './detection-head.ts';

/** As written in messages: `predictions 10×2100 float32`. */
export function formatOutput({ name, shape, dtype }: HeadOutput): string {
  return `${name} ${shape.length === 0 ? 'scalar' : shape.join('×')} ${dtype}`;
}

/** All outputs of a role; where the manifest gives no roles, a model's only output counts as `detections`. */
export function outputsOf(outputs: readonly HeadOutput[], role: string): readonly HeadOutput[] {
  const named = outputs.filter((output) => output.role === role);
  return named.length === 0 && role === 'detections' && outputs.length === 1 && outputs[0]!.role === 'tensor' ? outputs : named;
}

/** The output of one of the roles. @throws Misfit when there is none, or more than one. */
export function outputOf(outputs: readonly HeadOutput[], ...roles: readonly string[]): HeadOutput {
  const found = findOutput(outputs, ...roles);
  if (found === undefined) throw new Misfit(`no output has the role ${roles.join(' or ')}; ${inAll(outputs)}`);
  return found;
}

/** The output of one of the roles, where there is one. @throws Misfit when there are several. */
export function findOutput(outputs: readonly HeadOutput[], ...roles: readonly string[]): HeadOutput | undefined {
  const found = roles.flatMap((role) => outputsOf(outputs, role));
  if (found.length > 1) throw new Misfit(`several outputs have the role ${roles.join(' or ')}; ${inAll(outputs)}`);
  return found[0];
}

function inAll(outputs: readonly HeadOutput[]): string {
  return outputs.length === 0
    ? 'there are none at all'
    : `there are ${outputs.map((one) => `${formatOutput(one)} (role ${one.role})`).join(', ')}`;
}

/** An output of anchors by attributes, either way round. */
export interface Grid {
  readonly output: HeadOutput;
  readonly anchors: number;
  readonly attributes: number;
  /** Elements from anchor to anchor, and from attribute to attribute. */
  readonly anchorStep: number;
  readonly attributeStep: number;
}

export interface GridWish {
  /** How many attributes there should be, where that is known. */
  readonly wanted: number | undefined;
  /** How many there have to be at least. */
  readonly least?: number;
  /** What they are, as the end of a sentence. */
  readonly meaning: string;
}

/**
 * Which of an output's two axes is which. The manifest's axes decide; without them the axis that has as many attributes as are
 * wanted; without that number the shorter.
 *
 * @throws Misfit when there are not two axes, or neither is as long as wanted.
 */
export function gridOf(output: HeadOutput, { wanted, least = 1, meaning }: GridWish): Grid {
  const shape = squeezed(output.shape, 2);
  if (shape.length !== 2) throw new Misfit(`${formatOutput(output)} has ${output.shape.length} axes where anchors and attributes are two`);
  const [first, second] = shape as [number, number];
  const axes = output.axes.length === output.shape.length ? output.axes.slice(output.axes.length - 2) : [];
  const named = axes.indexOf('attribute');
  const axis = named >= 0 ? named : wanted === second ? 1 : wanted === first ? 0 : wanted === undefined && first < second ? 0 : 1;
  const attributes = shape[axis]!;
  if (wanted !== undefined && attributes !== wanted)
    throw new Misfit(`${formatOutput(output)} has no axis of ${wanted}, which is ${meaning}`);
  if (attributes < least) throw new Misfit(`${formatOutput(output)} has ${attributes} attributes, and at least ${least} are needed`);
  return axis === 1
    ? { output, anchors: first, attributes, anchorStep: attributes, attributeStep: 1 }
    : { output, anchors: second, attributes, anchorStep: 1, attributeStep: second };
}

/** The shape without leading axes of 1 beyond a rank. */
export function squeezed(shape: readonly number[], rank: number): readonly number[] {
  let skip = 0;
  while (shape.length - skip > rank && shape[skip] === 1) skip++;
  return shape.slice(skip);
}
