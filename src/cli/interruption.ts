// Ctrl-C, or another signal to end, such as that of a terminal which is closed: the first one drains what is in flight within a
// deadline, a second one aborts, and if even that hangs the process ends.
import { AbortedError, type Pipeline } from '../index.ts';
import { ExitCode } from './exit-code.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** How long what is in flight may take, in microseconds. */
const DRAIN = 10e6;
/** How long an abort may take before the process just ends. */
const ABORT_MS = 1000;

export class Interruption {
  private count = 0;
  /** It came to an abort: whatever fails from then on is a consequence. */
  aborted = false;
  private pipeline: Pipeline | undefined;
  private print: (line: string) => void = () => {};
  private timer: NodeJS.Timeout | undefined;

  constructor() {
    for (const signal of SIGNALS) process.on(signal, this.signalled);
    process.on('outputClosed' as never, this.outputClosed);
  }

  get happened(): boolean {
    return this.count > 0;
  }

  watch(pipeline: Pipeline, print: (line: string) => void): void {
    this.pipeline = pipeline;
    this.print = print;
  }

  /** The run is over. */
  release(): void {
    clearTimeout(this.timer);
    this.pipeline = undefined;
    for (const signal of SIGNALS) process.off(signal, this.signalled);
    process.off('outputClosed' as never, this.outputClosed);
  }

  private readonly signalled = (): void => {
    this.count++;
    const { pipeline } = this;
    if (pipeline === undefined) process.exit(ExitCode.interrupted);
    if (this.count > 1) this.abort('Aborting');
    else if (pipeline.state !== 'playing') this.abort('Interrupted before it began');
    else {
      this.print('Stopping: what is in flight is being finished; once more aborts');
      pipeline.stop(DRAIN);
    }
  };

  /** Nobody reads any more: no reason to go on, but none to fail either. */
  private readonly outputClosed = (): void => this.pipeline?.stop();

  private abort(text: string): void {
    this.aborted = true;
    this.print(text);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => process.exit(ExitCode.interrupted), ABORT_MS);
    this.pipeline?.abort(new AbortedError());
  }
}
