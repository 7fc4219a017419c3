// Puts models together in a few words; for tests, and for graphs that this program makes itself.
import { elementTypeOf, type OnnxDtype } from './element-type.ts';
import { type Attribute, AttributeKind, type Graph, type Int64, type Model, type Node, type Tensor, type ValueInfo } from './model.ts';

/** An attribute's value: whole numbers are ints; use {@link float} for a float that is whole. */
export type AttributeValue = Int64 | string | readonly Int64[] | readonly string[] | Tensor | Graph | Float;

interface Float {
  readonly float: number | readonly number[];
}

export interface ModelParts {
  readonly nodes: Node[];
  readonly inputs: ValueInfo[];
  readonly outputs: ValueInfo[];
  readonly initializers?: Tensor[];
  readonly valueInfo?: ValueInfo[];
  /** Version of the default operator set. Default 17. */
  readonly opset?: number;
  /** Versions of further operator sets by domain. */
  readonly domains?: Readonly<Record<string, number>>;
  readonly irVersion?: number;
  readonly name?: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

export function model({ opset = 17, domains = {}, irVersion = 8, metadata, ...parts }: ModelParts): Model {
  return {
    irVersion,
    producerName: 'leat',
    graph: graph(parts),
    opsetImport: [{ domain: '', version: opset }, ...Object.entries(domains).map(([domain, version]) => ({ domain, version }))],
    ...(metadata === undefined ? {} : { metadataProps: Object.entries(metadata).map(([key, value]) => ({ key, value })) }),
  };
}

export function graph({
  nodes,
  inputs,
  outputs,
  initializers,
  valueInfo: values,
  name = 'graph',
}: Omit<ModelParts, 'opset' | 'metadata'>): Graph {
  return {
    node: nodes,
    name,
    input: inputs,
    output: outputs,
    ...(initializers === undefined ? {} : { initializer: initializers }),
    ...(values === undefined ? {} : { valueInfo: values }),
  };
}

/** A node; its name is its operator and its first output. An empty input is one that is left out. */
export function node(
  opType: string,
  input: string[],
  output: string[],
  attributes: Readonly<Record<string, AttributeValue>> = {},
  domain = '',
): Node {
  return {
    input,
    output,
    name: `${opType}_${output[0] ?? ''}`,
    opType,
    ...(domain === '' ? {} : { domain }),
    attribute: Object.entries(attributes).map(([name, value]) => attribute(name, value)),
  };
}

/** Marks floats, which JavaScript does not tell from integers. */
export function float(value: number | readonly number[]): Float {
  return { float: value };
}

/** A declared input or output; a string in its shape is a symbol, `?` an unnamed size; no shape at all leaves the rank open. */
export function valueInfo(name: string, dtype: OnnxDtype, shape?: readonly (number | string)[]): ValueInfo {
  const dim = shape?.map((size) => (typeof size === 'number' ? { dimValue: size } : size === '?' ? {} : { dimParam: size }));
  return { name, type: { tensorType: { elemType: elementTypeOf(dtype), ...(dim === undefined ? {} : { shape: { dim } }) } } };
}

/** A constant of any type, from the bytes of its elements in little-endian order. */
export function tensor(name: string, dtype: OnnxDtype, dims: readonly number[], data: ArrayBufferView): Tensor {
  const rawData = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return { dims: [...dims], dataType: elementTypeOf(dtype), name, rawData };
}

/** A constant whose data lie in another file beside the model. */
export function externalTensor(
  name: string,
  dtype: OnnxDtype,
  dims: readonly number[],
  location: string,
  offset: number,
  length: number,
): Tensor {
  const entries = { location, offset: String(offset), length: String(length) };
  return {
    dims: [...dims],
    dataType: elementTypeOf(dtype),
    name,
    externalData: Object.entries(entries).map(([key, value]) => ({ key, value })),
    dataLocation: 1,
  };
}

function attribute(name: string, value: AttributeValue): Attribute {
  if (typeof value === 'number' || typeof value === 'bigint') return { name, i: value, type: AttributeKind.int };
  if (typeof value === 'string') return { name, s: Buffer.from(value), type: AttributeKind.string };
  if (Array.isArray(value)) {
    return value.some((one) => typeof one === 'string')
      ? { name, strings: (value as string[]).map((one) => Buffer.from(one)), type: AttributeKind.strings }
      : { name, ints: [...(value as Int64[])], type: AttributeKind.ints };
  }
  if ('float' in value) {
    return typeof value.float === 'number'
      ? { name, f: value.float, type: AttributeKind.float }
      : { name, floats: [...value.float], type: AttributeKind.floats };
  }
  return 'node' in value
    ? { name, g: value as Graph, type: AttributeKind.graph }
    : { name, t: value as Tensor, type: AttributeKind.tensor };
}
