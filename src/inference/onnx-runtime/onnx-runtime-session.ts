// One model in ONNX Runtime. Tensors are described to the library where they lie in the arena; nothing is copied on the way
// in, and nothing on the way out once an output's shape is known.
import type { Arena } from '../../memory/arena.ts';
import type { Slab } from '../../memory/slab.ts';
import { dtypeOfElementType, elementTypeOf } from '../../onnx/element-type.ts';
import { nativeCalls } from '../../threads/native-calls.ts';
import { isArenaDtype } from '../arena-dtype.ts';
import type { InferenceSession, ProviderReport, RunOptions, SessionStatistics, TensorInfo, TensorMap, TensorRef } from '../backend.ts';
import { bytesOfTensor, orderInputs } from '../check-tensors.ts';
import { runFault } from '../fault-codes.ts';
import { freeDimensionsNote } from '../free-dimensions.ts';
import { InferenceError } from '../inference-error.ts';
import type { OnnxRuntime } from './api.ts';
import { NativeBlock, nativeTexts } from './native-block.ts';
import type { Signature } from './signature.ts';
import { check, faultOf, type LibraryFault } from './status.ts';

/** What one run in flight needs of native memory; used again by later runs. */
interface RunFrame {
  /** The library's run options, through which a run is ended early. */
  readonly options: bigint;
  /** The addresses of the values: inputs first, then outputs. */
  readonly values: NativeBlock;
}

/** Which outputs a run computes, with their names as C wants them. */
interface OutputChoice {
  readonly infos: readonly TensorInfo[];
  readonly names: NativeBlock;
  /** Output shapes by the shapes of the inputs, as earlier runs had them. */
  readonly shapes: Map<string, readonly (readonly number[])[]>;
  /** Whether shapes were seen to depend on more than the inputs' shapes. */
  dataDependent: boolean;
}

export interface SessionParts extends Signature {
  readonly runtime: OnnxRuntime;
  readonly memoryInfo: bigint;
  readonly arena: Arena;
  /** The library's session. */
  readonly session: bigint;
  readonly provider: ProviderReport;
  readonly freeDimensions: Readonly<Record<string, number>>;
}

// So many combinations of input shapes are remembered before the memory starts afresh.
const REMEMBERED_SHAPES = 256;
const MAXIMUM_RANK = 64;

export class OnnxRuntimeSession implements InferenceSession {
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly provider: ProviderReport;
  private readonly parts: SessionParts;
  private readonly inputNames: NativeBlock;
  private readonly note: string;
  private readonly choices = new Map<string, OutputChoice>();
  private readonly frames: RunFrame[] = [];
  private readonly scratch: NativeBlock;
  private readonly counts = {
    runs: 0,
    failed: 0,
    cancelled: 0,
    inFlight: 0,
    mostInFlight: 0,
    outputsInPlace: 0,
    outputsCopied: 0,
    runsRepeated: 0,
  };
  private closing: Promise<void> | undefined;
  private idle: (() => void) | undefined;

  constructor(parts: SessionParts) {
    this.parts = parts;
    this.inputs = parts.inputs;
    this.outputs = parts.outputs;
    this.metadata = parts.metadata;
    this.provider = parts.provider;
    this.inputNames = nativeTexts(
      parts.runtime,
      parts.inputs.map(({ name }) => name),
    );
    this.note = freeDimensionsNote(parts.freeDimensions);
    this.scratch = new NativeBlock(parts.runtime, (MAXIMUM_RANK + 2) * 8);
  }

  get statistics(): SessionStatistics {
    return { ...this.counts };
  }

  async run(inputs: TensorMap, { signal, outputs }: RunOptions = {}): Promise<Record<string, TensorRef>> {
    if (this.closing !== undefined) throw new InferenceError('inference/closed', 'Cannot run the model: its session is closed');
    const tensors = orderInputs(this.inputs, inputs, this.note);
    const choice = this.choose(outputs);
    if (isAborted(signal)) throw cancelled();
    const { counts } = this;
    for (const { slab } of tensors) slab.retain();
    counts.runs++;
    counts.inFlight++;
    counts.mostInFlight = Math.max(counts.mostInFlight, counts.inFlight);
    const frame = this.takeFrame();
    const { runOptionsSetTerminate, runOptionsUnsetTerminate } = this.parts.runtime.api;
    const onAbort = () => check(this.parts.runtime, runOptionsSetTerminate(frame.options));
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      const results = await this.attempt(frame, tensors, choice, signal);
      return Object.fromEntries(choice.infos.map(({ name }, index) => [name, results[index]!]));
    } catch (error) {
      if (isAborted(signal)) counts.cancelled++;
      else counts.failed++;
      throw error;
    } finally {
      signal?.removeEventListener('abort', onAbort);
      if (isAborted(signal)) check(this.parts.runtime, runOptionsUnsetTerminate(frame.options));
      this.frames.push(frame);
      for (const { slab } of tensors) slab.release();
      if (--counts.inFlight === 0) this.idle?.();
    }
  }

  close(): Promise<void> {
    this.closing ??= this.shut();
    return this.closing;
  }

  private async shut(): Promise<void> {
    if (this.counts.inFlight > 0) await new Promise<void>((resolve) => (this.idle = resolve));
    const { api } = this.parts.runtime;
    for (const { options } of this.frames.splice(0)) api.releaseRunOptions(options);
    api.releaseSession(this.parts.session);
  }

  /** Runs once, and a second time when an output turned out to have another shape than expected. */
  private async attempt(
    frame: RunFrame,
    inputs: readonly TensorRef[],
    choice: OutputChoice,
    signal: AbortSignal | undefined,
  ): Promise<TensorRef[]> {
    const key = inputs.map(({ shape }) => shape.join()).join(';');
    const known = choice.dataDependent ? undefined : choice.shapes.get(key);
    const slabs = known?.map((shape, index) => this.parts.arena.allocate(bytesOfTensor(choice.infos[index]!.dtype as never, shape)));
    const release = () => {
      for (const slab of slabs ?? []) slab.release();
    };
    try {
      const fault = await this.call(frame, inputs, choice, known, slabs, signal);
      if (isAborted(signal)) throw cancelled();
      if (fault === undefined) {
        if (slabs !== undefined && known !== undefined) {
          this.counts.outputsInPlace += slabs.length;
          return slabs.map((slab, index) => ({ dtype: choice.infos[index]!.dtype as never, shape: known[index]!, slab }));
        }
        const results = this.collect(frame, choice);
        if (choice.shapes.size >= REMEMBERED_SHAPES) choice.shapes.clear();
        choice.shapes.set(
          key,
          results.map(({ shape }) => shape),
        );
        return results;
      }
      if (known === undefined || !fault.text.includes('output shape')) throw runFault(fault.text);
    } catch (error) {
      release();
      throw error;
    } finally {
      this.releaseValues(frame);
    }
    release();
    choice.dataDependent = true;
    this.counts.runsRepeated++;
    return this.attempt(frame, inputs, choice, signal);
  }

  /** Describes the tensors to the library and runs it. */
  private async call(
    { options, values }: RunFrame,
    inputs: readonly TensorRef[],
    { infos, names }: OutputChoice,
    shapes: readonly (readonly number[])[] | undefined,
    slabs: readonly Slab[] | undefined,
    signal: AbortSignal | undefined,
  ): Promise<LibraryFault | undefined> {
    const { runtime, session } = this.parts;
    values.words.fill(0n);
    for (const [index, tensor] of inputs.entries()) values.words[index] = this.describe(tensor);
    const first = inputs.length;
    for (const [index, slab] of (slabs ?? []).entries()) {
      values.words[first + index] = this.describe({ dtype: infos[index]!.dtype as never, shape: shapes![index]!, slab });
    }
    const status = await nativeCalls.run<bigint | null>(
      (done) =>
        runtime.api.run.async(
          session,
          options,
          this.inputNames.address,
          values.address,
          first,
          names.address,
          infos.length,
          values.at(first),
          done,
        ),
      signal,
    );
    return faultOf(runtime, status ?? null);
  }

  /** The library's description of a tensor in the arena. */
  private describe({ dtype, shape, slab, offset = 0 }: TensorRef): bigint {
    const { runtime, memoryInfo, arena } = this.parts;
    const { words } = this.scratch;
    for (const [axis, size] of shape.entries()) words[axis + 1] = BigInt(size);
    const data = arenaAddress(runtime, slab.arena ?? arena) + BigInt(slab.offset + offset);
    check(
      runtime,
      runtime.api.createTensorWithDataAsOrtValue(
        memoryInfo,
        data,
        bytesOfTensor(dtype, shape),
        this.scratch.at(1),
        shape.length,
        elementTypeOf(dtype),
        this.scratch.address,
      ),
    );
    return words[0]!;
  }

  /** Copies what the library allocated into the arena. */
  private collect({ values }: RunFrame, { infos }: OutputChoice): TensorRef[] {
    const first = this.inputs.length;
    const results: TensorRef[] = [];
    try {
      for (const index of infos.keys()) results.push(this.copyOut(values.words[first + index]!));
    } catch (error) {
      for (const { slab } of results) slab.release();
      throw error;
    }
    this.counts.outputsCopied += results.length;
    return results;
  }

  private copyOut(value: bigint): TensorRef {
    const { runtime, arena } = this.parts;
    const { api } = runtime;
    const { words } = this.scratch;
    check(runtime, api.getTensorTypeAndShape(value, words));
    const info = words[0]!;
    try {
      words[0] = 0n;
      check(runtime, api.getTensorElementType(info, words));
      const dtype = dtypeOfElementType(Number(words[0]));
      check(runtime, api.getDimensionsCount(info, words));
      const rank = Number(words[0]);
      check(runtime, api.getDimensions(info, words, rank));
      const shape = Array.from(words.subarray(0, rank), Number);
      if (!isArenaDtype(dtype))
        throw new InferenceError('inference/unsupported-type', `An output is ${dtype}, which no tensor of ours can hold`);
      const bytes = bytesOfTensor(dtype, shape);
      const slab = arena.allocate(bytes);
      check(runtime, api.getTensorMutableData(value, words));
      if (bytes > 0) arena.bytes(slab.offset, bytes).set(runtime.view(words[0]!, bytes));
      return { dtype, shape, slab };
    } finally {
      api.releaseTensorTypeAndShapeInfo(info);
    }
  }

  private releaseValues({ values }: RunFrame): void {
    for (const value of values.words) if (value !== 0n) this.parts.runtime.api.releaseValue(value);
  }

  private choose(names: readonly string[] | undefined): OutputChoice {
    const key = names === undefined ? '' : names.join('\n');
    let choice = this.choices.get(key);
    if (choice === undefined) {
      const infos = (names ?? this.outputs.map(({ name }) => name)).map((name) => {
        const info = this.outputs.find((output) => output.name === name);
        if (info !== undefined) return info;
        throw new InferenceError(
          'inference/unknown-output',
          `The model has no output ${name}; it has: ${this.outputs.map((output) => output.name).join(', ')}`,
        );
      });
      choice = {
        infos,
        names: nativeTexts(
          this.parts.runtime,
          infos.map(({ name }) => name),
        ),
        shapes: new Map(),
        dataDependent: false,
      };
      this.choices.set(key, choice);
    }
    return choice;
  }

  private takeFrame(): RunFrame {
    const free = this.frames.pop();
    if (free !== undefined) return free;
    const { runtime } = this.parts;
    check(runtime, runtime.api.createRunOptions(this.scratch.words));
    return { options: this.scratch.words[0]!, values: new NativeBlock(runtime, (this.inputs.length + this.outputs.length) * 8) };
  }
}

function cancelled(): InferenceError {
  return new InferenceError('inference/cancelled', 'The run was cancelled');
}

// Asked through a function, since the compiler takes a value it has seen for one that stays.
function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}

const addresses = new WeakMap<object, bigint>();

/** Where an arena begins in the process's memory; it grows in place. */
function arenaAddress(runtime: OnnxRuntime, { memory }: Arena): bigint {
  let address = addresses.get(memory);
  if (address === undefined) {
    address = runtime.address(new Uint8Array(memory.buffer));
    addresses.set(memory, address);
  }
  return address;
}
