// The stock binding behind the interface that all backends share: one worker, one run at a time.
import type { Worker } from 'node:worker_threads';
import type { Arena } from '../../memory/arena.ts';
import { NativeCalls } from '../../threads/native-calls.ts';
import type { InferenceSession, ProviderReport, RunOptions, SessionStatistics, TensorInfo, TensorMap, TensorRef } from '../backend.ts';
import { chooseOutputs, orderInputs } from '../check-tensors.ts';
import { freeDimensionsNote, withFreeDimensions } from '../free-dimensions.ts';
import { InferenceError } from '../inference-error.ts';
import { SessionCounts } from '../session-counts.ts';
import type { Opened, PlacedTensor, Reply, Request } from './worker-protocol.ts';

export class WorkerSession implements InferenceSession {
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly provider: ProviderReport;
  private readonly worker: Worker;
  private readonly arena: Arena;
  private readonly note: string;
  private readonly counts = new SessionCounts();
  private readonly turn = new NativeCalls(1);
  private answer: ((error: Error | null, reply: Reply | undefined) => void) | undefined;
  private dead: InferenceError | undefined;
  private closing: Promise<void> | undefined;

  /** Takes over a worker that has said that its model is open. */
  constructor(worker: Worker, opened: Opened, arena: Arena, sizes: Readonly<Record<string, number>> = {}) {
    this.worker = worker;
    this.arena = arena;
    this.inputs = withFreeDimensions(opened.inputs, sizes);
    this.outputs = withFreeDimensions(opened.outputs, sizes);
    this.metadata = opened.metadata;
    this.provider = opened.provider;
    this.note = freeDimensionsNote(sizes);
    worker.on('message', (reply: Reply) => this.settle(null, reply));
    worker.on('error', (error) => this.die(`failed: ${error.message}`));
    worker.on('exit', () => this.die('ended'));
    // An idle session must not keep the process alive.
    worker.unref();
  }

  get statistics(): SessionStatistics {
    return this.counts.statistics;
  }

  async run(inputs: TensorMap, { signal, outputs }: RunOptions = {}): Promise<Record<string, TensorRef>> {
    if (this.closing !== undefined) throw new InferenceError('inference/closed', 'Cannot run the model: its session is closed');
    const tensors = orderInputs(this.inputs, inputs, this.note);
    const names = chooseOutputs(this.outputs, outputs).map(({ name }) => name);
    return this.counts.run(signal, tensors, async () => {
      const placed = tensors.map(({ dtype, shape, slab, offset = 0 }, index) => ({
        name: this.inputs[index]!.name,
        dtype,
        shape,
        address: slab.offset + offset,
      }));
      const reply = await this.turn.run<Reply | undefined>(
        (done) => this.send({ type: 'run', inputs: placed, outputs: names }, done),
        signal,
      );
      if (reply?.type === 'failed') throw InferenceError.revive(reply);
      const results = reply?.type === 'ran' ? this.takeOver(reply.outputs) : {};
      this.counts.outputsCopied += Object.keys(results).length;
      return results;
    });
  }

  close(): Promise<void> {
    this.closing ??= this.shut();
    return this.closing;
  }

  private async shut(): Promise<void> {
    await this.counts.idle();
    if (this.dead !== undefined) return;
    const ended = new Promise<void>((resolve) => this.worker.once('exit', () => resolve()));
    this.worker.ref();
    // Asked to end by itself: a worker that is terminated inside the library takes the whole process with it.
    this.worker.postMessage({ type: 'close' } satisfies Request);
    await ended;
  }

  private send(request: Request, done: (error: Error | null, reply: Reply | undefined) => void): void {
    if (this.dead !== undefined) {
      done(this.dead, undefined);
      return;
    }
    this.answer = done;
    this.worker.ref();
    this.worker.postMessage(request);
  }

  private settle(error: Error | null, reply: Reply | undefined): void {
    const { answer } = this;
    this.answer = undefined;
    this.worker.unref();
    if (answer !== undefined) answer(error, reply);
    // Results of a run that was given up: nobody else will give them back.
    else if (reply?.type === 'ran') for (const { slab } of Object.values(this.takeOver(reply.outputs))) slab.release();
  }

  private die(how: string): void {
    this.dead ??= new InferenceError('inference/worker-died', `The worker that runs the model ${how}`);
    this.settle(this.dead, undefined);
  }

  private takeOver(outputs: readonly PlacedTensor[]): Record<string, TensorRef> {
    return Object.fromEntries(outputs.map(({ name, dtype, shape, address }) => [name, { dtype, shape, slab: this.arena.slabAt(address) }]));
  }
}
