/** A fault of an ONNX file: `onnx/truncated`, `onnx/malformed`, `onnx/too-deep`, `onnx/too-large`. */
export class OnnxError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = 'OnnxError';
    this.code = code;
  }
}
