// Which number stands for which field of which message: the table that reading and writing both follow.

export type Scalar = 'int' | 'float' | 'double' | 'text' | 'bytes';

export interface Field {
  readonly name: string;
  /** A scalar, or the message it holds. */
  readonly kind: Scalar | MessageName;
  readonly repeated: boolean;
}

/** The fields of a message by number, in the order of their numbers. */
export type FieldTable = ReadonlyMap<number, Field>;

// number: name, kind; a kind in brackets is repeated.
const MESSAGES = {
  model: {
    1: 'irVersion int',
    2: 'producerName text',
    3: 'producerVersion text',
    4: 'domain text',
    5: 'modelVersion int',
    6: 'docString text',
    7: 'graph graph',
    8: 'opsetImport [operatorSet]',
    14: 'metadataProps [stringPair]',
    25: 'functions [functionBody]',
  },
  operatorSet: { 1: 'domain text', 2: 'version int' },
  stringPair: { 1: 'key text', 2: 'value text' },
  graph: {
    1: 'node [node]',
    2: 'name text',
    5: 'initializer [tensor]',
    10: 'docString text',
    11: 'input [valueInfo]',
    12: 'output [valueInfo]',
    13: 'valueInfo [valueInfo]',
    14: 'quantizationAnnotation [tensorAnnotation]',
    15: 'sparseInitializer [sparseTensor]',
    16: 'metadataProps [stringPair]',
  },
  node: {
    1: 'input [text]',
    2: 'output [text]',
    3: 'name text',
    4: 'opType text',
    5: 'attribute [attribute]',
    6: 'docString text',
    7: 'domain text',
    8: 'overload text',
    9: 'metadataProps [stringPair]',
  },
  attribute: {
    1: 'name text',
    2: 'f float',
    3: 'i int',
    4: 's bytes',
    5: 't tensor',
    6: 'g graph',
    7: 'floats [float]',
    8: 'ints [int]',
    9: 'strings [bytes]',
    10: 'tensors [tensor]',
    11: 'graphs [graph]',
    13: 'docString text',
    14: 'tp type',
    15: 'typeProtos [type]',
    20: 'type int',
    21: 'refAttrName text',
    22: 'sparseTensor sparseTensor',
    23: 'sparseTensors [sparseTensor]',
  },
  tensor: {
    1: 'dims [int]',
    2: 'dataType int',
    4: 'floatData [float]',
    5: 'int32Data [int]',
    6: 'stringData [bytes]',
    7: 'int64Data [int]',
    8: 'name text',
    9: 'rawData bytes',
    10: 'doubleData [double]',
    11: 'uint64Data [int]',
    12: 'docString text',
    13: 'externalData [stringPair]',
    14: 'dataLocation int',
    16: 'metadataProps [stringPair]',
  },
  sparseTensor: { 1: 'values tensor', 2: 'indices tensor', 3: 'dims [int]' },
  tensorAnnotation: { 1: 'tensorName text', 2: 'quantParameterTensorNames [stringPair]' },
  valueInfo: { 1: 'name text', 2: 'type type', 3: 'docString text', 4: 'metadataProps [stringPair]' },
  type: {
    1: 'tensorType tensorType',
    4: 'sequenceType elementOf',
    5: 'mapType mapType',
    6: 'denotation text',
    8: 'sparseTensorType tensorType',
    9: 'optionalType elementOf',
  },
  tensorType: { 1: 'elemType int', 2: 'shape shape' },
  elementOf: { 1: 'elemType type' },
  mapType: { 1: 'keyType int', 2: 'valueType type' },
  shape: { 1: 'dim [dimension]' },
  dimension: { 1: 'dimValue int', 2: 'dimParam text', 3: 'denotation text' },
  functionBody: {
    1: 'name text',
    4: 'input [text]',
    5: 'output [text]',
    6: 'attribute [text]',
    7: 'node [node]',
    8: 'docString text',
    9: 'opsetImport [operatorSet]',
    10: 'domain text',
    11: 'attributeProto [attribute]',
    12: 'valueInfo [valueInfo]',
    13: 'overload text',
    14: 'metadataProps [stringPair]',
  },
} as const;

export type MessageName = keyof typeof MESSAGES;

const SCALARS: readonly string[] = ['int', 'float', 'double', 'text', 'bytes'] satisfies Scalar[];

const TABLES = new Map<MessageName, FieldTable>(
  (Object.entries(MESSAGES) as [MessageName, Record<string, string>][]).map(([message, fields]) => [
    message,
    new Map(
      Object.entries(fields).map(([number, text]): [number, Field] => {
        const [name, kind] = text.split(' ') as [string, string];
        const repeated = kind.startsWith('[');
        return [Number(number), { name, kind: (repeated ? kind.slice(1, -1) : kind) as Field['kind'], repeated }];
      }),
    ),
  ]),
);

export function fieldsOf(message: MessageName): FieldTable {
  return TABLES.get(message)!;
}

export function isScalar(kind: Field['kind']): kind is Scalar {
  return SCALARS.includes(kind);
}
