// gst-launch-1.0 between two pipes: what its first element reads, and what its last one writes. Its end comes however this process ends.
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { PipeBytes } from '../ffmpeg/pipe-bytes.ts';
import type { GstreamerProgram } from '../gstreamer/gstreamer-program.ts';

/** How long it may take to end when told to. */
const PATIENCE_MS = 2000;

/** As much of what it complains of as is kept. */
const MOST_SAID = 16_384;

/** The pipe that its last element writes to; the first one reads its standard input. */
export const OUTPUT_PIPE = 3;

export class FilterChild {
  readonly input: Writable;
  readonly output: PipeBytes;
  /** How it ended: its exit code, or null where a signal or the system ended it, or kept it from starting. */
  readonly ended: Promise<number | null>;
  said = '';
  private readonly child: ChildProcess;
  private stopping: Promise<void> | undefined;

  /** @param hear Takes what it tells of its elements, a line at a time. */
  constructor({ path, leash }: GstreamerProgram, words: readonly string[], hear: (line: string) => void) {
    const [program, ...args] = [...leash, path, '-v', ...words];
    // Messages are understood in English only.
    const env = { ...process.env, LC_ALL: 'C', GST_DEBUG_NO_COLOR: '1' };
    this.child = spawn(program!, args, { stdio: ['pipe', 'pipe', 'pipe', 'pipe'], env });
    this.ended = new Promise((resolve) => {
      this.child.once('error', (error) => {
        this.said += error.message;
        resolve(null);
      });
      this.child.once('close', (code) => resolve(code));
    });
    const { stdin, stdout, stderr, stdio } = this.child;
    stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.said = (this.said + text).slice(-MOST_SAID);
    });
    createInterface({ input: stdout! }).on('line', hear);
    this.input = stdin!;
    // Its end says what is wrong.
    this.input.on('error', () => {});
    this.output = new PipeBytes(stdio[OUTPUT_PIPE] as Readable);
  }

  /** Ends it, by force where need be; resolves once it is gone. */
  stop(): Promise<void> {
    this.stopping ??= this.end();
    return this.stopping;
  }

  private async end(): Promise<void> {
    const { child } = this;
    this.input.destroy();
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGINT');
    // It does not notice while it waits for a reader.
    this.output.close();
    const force = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
    await this.ended;
    clearTimeout(force);
  }
}
