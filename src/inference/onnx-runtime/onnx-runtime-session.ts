// One model in ONNX Runtime. Tensors are described to the library where they lie in the arena; nothing is copied on the way
// in, and nothing on the way out once an output's shape is known.
import type { Arena } from '../../memory/arena.ts';
import type { Dtype } from '../../memory/dtype.ts';
import type { Slab } from '../../memory/slab.ts';
import { nativeCalls } from '../../threads/native-calls.ts';
import type { InferenceSession, ProviderReport, RunOptions, SessionStatistics, TensorInfo, TensorMap, TensorRef } from '../backend.ts';
import { bytesOfTensor, chooseOutputs, orderInputs } from '../check-tensors.ts';
import { runFault } from '../fault-codes.ts';
import { freeDimensionsNote } from '../free-dimensions.ts';
import { InferenceError } from '../inference-error.ts';
import { SessionCounts } from '../session-counts.ts';
import type { OnnxRuntime } from './api.ts';
import { NativeBlock, nativeTexts } from './native-block.ts';
import { NativeTensors } from './native-tensors.ts';
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
  private readonly tensors: NativeTensors;
  private readonly counts = new SessionCounts();
  private closing: Promise<void> | undefined;

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
    this.tensors = new NativeTensors(parts.runtime, parts.memoryInfo, parts.arena);
  }

  get statistics(): SessionStatistics {
    return this.counts.statistics;
  }

  async run(inputs: TensorMap, { signal, outputs }: RunOptions = {}): Promise<Record<string, TensorRef>> {
    if (this.closing !== undefined) throw new InferenceError('inference/closed', 'Cannot run the model: its session is closed');
    const tensors = orderInputs(this.inputs, inputs, this.note);
    const choice = this.choose(outputs);
    return this.counts.run(signal, tensors, async () => {
      const frame = this.takeFrame();
      const { runOptionsSetTerminate, runOptionsUnsetTerminate } = this.parts.runtime.api;
      const onAbort = () => check(this.parts.runtime, runOptionsSetTerminate(frame.options));
      signal?.addEventListener('abort', onAbort, { once: true });
      try {
        const results = await this.attempt(frame, tensors, choice, signal);
        return Object.fromEntries(results.map((result, index) => [choice.infos[index]!.name, result]));
      } finally {
        signal?.removeEventListener('abort', onAbort);
        if (signal?.aborted === true) check(this.parts.runtime, runOptionsUnsetTerminate(frame.options));
        this.frames.push(frame);
      }
    });
  }

  close(): Promise<void> {
    this.closing ??= this.shut();
    return this.closing;
  }

  private async shut(): Promise<void> {
    await this.counts.idle();
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
    const slabs: Slab[] = [];
    const release = () => {
      for (const slab of slabs) slab.release();
    };
    try {
      for (const [index, shape] of known?.entries() ?? []) {
        slabs.push(this.parts.arena.allocate(bytesOfTensor(choice.infos[index]!.dtype as Dtype, shape)));
      }
      const fault = await this.call(frame, inputs, choice, known, slabs, signal);
      signal?.throwIfAborted();
      if (fault === undefined) {
        if (known !== undefined) {
          this.counts.outputsInPlace += slabs.length;
          return slabs.map((slab, index) => ({ dtype: choice.infos[index]!.dtype as Dtype, shape: known[index]!, slab }));
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
    slabs: readonly Slab[],
    signal: AbortSignal | undefined,
  ): Promise<LibraryFault | undefined> {
    const { runtime, session } = this.parts;
    for (const [index, tensor] of inputs.entries()) values.words[index] = this.tensors.describe(tensor);
    const first = inputs.length;
    for (const [index, slab] of slabs.entries()) {
      values.words[first + index] = this.tensors.describe({ dtype: infos[index]!.dtype as Dtype, shape: shapes![index]!, slab });
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

  /** Copies what the library allocated into the arena. */
  private collect({ values }: RunFrame, { infos }: OutputChoice): TensorRef[] {
    const first = this.inputs.length;
    const results: TensorRef[] = [];
    try {
      for (const index of infos.keys()) results.push(this.tensors.copyOut(values.words[first + index]!));
    } catch (error) {
      for (const { slab } of results) slab.release();
      throw error;
    }
    this.counts.outputsCopied += results.length;
    return results;
  }

  /** Frees what stands in a frame, and leaves nothing there that could be freed again. */
  private releaseValues({ values }: RunFrame): void {
    for (const value of values.words) if (value !== 0n) this.parts.runtime.api.releaseValue(value);
    values.words.fill(0n);
  }

  private choose(names: readonly string[] | undefined): OutputChoice {
    const key = names === undefined ? '' : names.join('\n');
    let choice = this.choices.get(key);
    if (choice === undefined) {
      const infos = chooseOutputs(this.outputs, names);
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
    const out = new NativeBlock(runtime, 8);
    check(runtime, runtime.api.createRunOptions(out.words));
    return { options: out.words[0]!, values: new NativeBlock(runtime, (this.inputs.length + this.outputs.length) * 8) };
  }
}
