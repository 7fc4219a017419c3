// Which of our codes a message of ONNX Runtime stands for. Both backends speak through it: the stock binding throws errors
// without codes, and the C interface's numbers are too coarse.
import { InferenceError } from './inference-error.ts';

interface Rule {
  readonly pattern: RegExp;
  readonly code: string;
  readonly advice: string;
}

const OPEN_RULES: readonly Rule[] = [
  { pattern: /File doesn't exist|NO_SUCHFILE/i, code: 'inference/model-not-found', advice: 'the file is not there' },
  {
    pattern: /External data|external_data|model_external_initializers|Deserialize tensor|cannot get file size|ReadFileIntoBuffer/i,
    code: 'inference/external-data',
    advice: 'the weights that lie in a file of their own are missing, too short, or outside the folder of the model',
  },
  {
    pattern: /protobuf parsing failed|INVALID_PROTOBUF|Model data pointer is null|ModelProto does not have a graph/i,
    code: 'inference/model-corrupt',
    advice: 'the file is no ONNX model, or it is damaged or cut short',
  },
  {
    pattern: /Unsupported model IR version|Current official support for domain|opset \d+ is under development/i,
    code: 'inference/unsupported-version',
    advice: 'the model was exported for a newer ONNX than this library knows; export it with a lower opset',
  },
  {
    pattern:
      /No Op registered for|Could not find an implementation|is not a registered function\/op|not compatible with any execution provider/i,
    code: 'inference/unsupported-operator',
    advice: 'no execution provider has this operator; export the model without it, or use another provider',
  },
  {
    pattern: /Failed to load library|cannot open shared object/i,
    code: 'inference/provider-unavailable',
    advice: 'a library of the execution provider is missing',
  },
  {
    pattern: /invalid model|INVALID_GRAPH|Type Error|ShapeInferenceError|not a graph input|Duplicate (initializer|definition)/i,
    code: 'inference/invalid-model',
    advice: 'the graph contradicts itself',
  },
];

const RUN_RULES: readonly Rule[] = [
  { pattern: /terminate flag/i, code: 'inference/cancelled', advice: 'the run was cancelled' },
  { pattern: /Invalid rank|invalid dimensions/i, code: 'inference/wrong-shape', advice: 'the model wants another shape' },
  { pattern: /Unexpected input data type/i, code: 'inference/wrong-dtype', advice: 'the model wants another type' },
  {
    pattern: /bad_alloc|Failed to allocate|out of memory|CUDA_ERROR_OUT_OF_MEMORY/i,
    code: 'inference/out-of-memory',
    advice: 'the memory does not suffice; use smaller batches or fewer runs in flight',
  },
];

/** Codes of faults that lie in the model, so that no other provider would do better. */
const MODEL_FAULTS: ReadonlySet<string> = new Set([
  'inference/model-not-found',
  'inference/external-data',
  'inference/model-corrupt',
  'inference/unsupported-version',
  'inference/invalid-model',
]);

/** The error for a model that did not open. */
export function openFault(model: string, text: string): InferenceError {
  return faultError(OPEN_RULES, text, 'inference/open-failed', `Cannot open the model ${model}`);
}

/** The error for a run that failed. */
export function runFault(text: string): InferenceError {
  return faultError(RUN_RULES, text, 'inference/run-failed', 'The model failed');
}

/** Whether an error says that the model itself is at fault. */
export function isModelFault({ code }: InferenceError): boolean {
  return MODEL_FAULTS.has(code);
}

function faultError(rules: readonly Rule[], text: string, code: string, start: string): InferenceError {
  const rule = rules.find(({ pattern }) => pattern.test(text));
  return rule === undefined
    ? new InferenceError(code, `${start}: ONNX Runtime says: ${text}`)
    : new InferenceError(rule.code, `${start}: ${rule.advice}; ONNX Runtime says: ${text}`);
}
