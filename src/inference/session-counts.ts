import type { SessionStatistics, TensorRef } from './backend.ts';
import { InferenceError } from './inference-error.ts';

/** What every session does around a run: counts it, holds its inputs, and knows when all is quiet. */
export class SessionCounts {
  outputsInPlace = 0;
  outputsCopied = 0;
  runsRepeated = 0;
  private runs = 0;
  private failed = 0;
  private cancelled = 0;
  private inFlight = 0;
  private mostInFlight = 0;
  private readonly waiting: (() => void)[] = [];

  get statistics(): SessionStatistics {
    const { runs, failed, cancelled, inFlight, mostInFlight, outputsInPlace, outputsCopied, runsRepeated } = this;
    return { runs, failed, cancelled, inFlight, mostInFlight, outputsInPlace, outputsCopied, runsRepeated };
  }

  /** Makes a run; one whose signal was aborted meanwhile gives up its outputs and fails. @throws InferenceError `inference/cancelled`. */
  async run(
    signal: AbortSignal | undefined,
    inputs: readonly TensorRef[],
    body: () => Promise<Record<string, TensorRef>>,
  ): Promise<Record<string, TensorRef>> {
    this.runs++;
    if (isAborted(signal)) {
      this.cancelled++;
      throw cancelledError();
    }
    this.inFlight++;
    this.mostInFlight = Math.max(this.mostInFlight, this.inFlight);
    for (const { slab } of inputs) slab.retain();
    try {
      const outputs = await body();
      if (!isAborted(signal)) return outputs;
      for (const { slab } of Object.values(outputs)) slab.release();
      throw cancelledError();
    } catch (error) {
      if (isAborted(signal)) {
        this.cancelled++;
        throw cancelledError();
      }
      this.failed++;
      throw error;
    } finally {
      for (const { slab } of inputs) slab.release();
      if (--this.inFlight === 0) for (const resolve of this.waiting.splice(0)) resolve();
    }
  }

  /** Resolves when no run is in flight. */
  idle(): Promise<void> {
    return this.inFlight === 0 ? Promise.resolve() : new Promise((resolve) => this.waiting.push(resolve));
  }
}

// Asked through a function, since the compiler takes a value it has seen for one that stays.
function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}

function cancelledError(): InferenceError {
  return new InferenceError('inference/cancelled', 'The run was cancelled');
}
