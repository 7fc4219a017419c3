// The messages of an ONNX file, with their names of onnx.proto in camel case. A field that is absent in the file is absent here.

/** A 64-bit integer: a number where it is exact. */
export type Int64 = number | bigint;

export interface Unknowns {
  /** Fields this program does not know, each with its tag, kept so that writing loses nothing. */
  unknownFields?: Uint8Array[];
}

export interface Model extends Unknowns {
  irVersion?: Int64;
  opsetImport?: OperatorSet[];
  producerName?: string;
  producerVersion?: string;
  domain?: string;
  modelVersion?: Int64;
  docString?: string;
  graph?: Graph;
  metadataProps?: StringPair[];
  functions?: FunctionBody[];
}

export interface OperatorSet extends Unknowns {
  domain?: string;
  version?: Int64;
}

export interface StringPair extends Unknowns {
  key?: string;
  value?: string;
}

export interface Graph extends Unknowns {
  node?: Node[];
  name?: string;
  initializer?: Tensor[];
  docString?: string;
  input?: ValueInfo[];
  output?: ValueInfo[];
  valueInfo?: ValueInfo[];
  quantizationAnnotation?: TensorAnnotation[];
  sparseInitializer?: SparseTensor[];
  metadataProps?: StringPair[];
}

export interface Node extends Unknowns {
  input?: string[];
  output?: string[];
  name?: string;
  opType?: string;
  attribute?: Attribute[];
  docString?: string;
  domain?: string;
  overload?: string;
  metadataProps?: StringPair[];
}

export interface Attribute extends Unknowns {
  name?: string;
  f?: number;
  i?: Int64;
  s?: Uint8Array;
  t?: Tensor;
  g?: Graph;
  floats?: number[];
  ints?: Int64[];
  strings?: Uint8Array[];
  tensors?: Tensor[];
  graphs?: Graph[];
  docString?: string;
  tp?: Type;
  typeProtos?: Type[];
  /** AttributeType; see {@link AttributeKind}. */
  type?: Int64;
  sparseTensor?: SparseTensor;
  sparseTensors?: SparseTensor[];
  refAttrName?: string;
}

export interface Tensor extends Unknowns {
  dims?: Int64[];
  dataType?: Int64;
  floatData?: number[];
  int32Data?: Int64[];
  stringData?: Uint8Array[];
  int64Data?: Int64[];
  name?: string;
  rawData?: Uint8Array;
  doubleData?: number[];
  uint64Data?: Int64[];
  docString?: string;
  externalData?: StringPair[];
  /** 1 where the data lie in another file. */
  dataLocation?: Int64;
  metadataProps?: StringPair[];
}

export interface SparseTensor extends Unknowns {
  values?: Tensor;
  indices?: Tensor;
  dims?: Int64[];
}

export interface TensorAnnotation extends Unknowns {
  tensorName?: string;
  quantParameterTensorNames?: StringPair[];
}

export interface ValueInfo extends Unknowns {
  name?: string;
  type?: Type;
  docString?: string;
  metadataProps?: StringPair[];
}

export interface Type extends Unknowns {
  tensorType?: TensorType;
  sequenceType?: ElementOf;
  mapType?: MapType;
  denotation?: string;
  sparseTensorType?: TensorType;
  optionalType?: ElementOf;
}

export interface TensorType extends Unknowns {
  elemType?: Int64;
  shape?: Shape;
}

export interface ElementOf extends Unknowns {
  elemType?: Type;
}

export interface MapType extends Unknowns {
  keyType?: Int64;
  valueType?: Type;
}

export interface Shape extends Unknowns {
  dim?: Dimension[];
}

export interface Dimension extends Unknowns {
  dimValue?: Int64;
  dimParam?: string;
  denotation?: string;
}

export interface FunctionBody extends Unknowns {
  name?: string;
  input?: string[];
  output?: string[];
  attribute?: string[];
  node?: Node[];
  docString?: string;
  opsetImport?: OperatorSet[];
  domain?: string;
  attributeProto?: Attribute[];
  valueInfo?: ValueInfo[];
  overload?: string;
  metadataProps?: StringPair[];
}

/** AttributeType: which of an attribute's fields holds its value. */
export const AttributeKind = {
  float: 1,
  int: 2,
  string: 3,
  tensor: 4,
  graph: 5,
  floats: 6,
  ints: 7,
  strings: 8,
  tensors: 9,
  graphs: 10,
} as const;
