// gst-launch-1.0 at work: its pipe of packets, what it complains of, and its end, which comes however this process ends.
import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { PipeBytes } from '../ffmpeg/pipe-bytes.ts';
import type { GstreamerProgram } from './gstreamer-program.ts';

/** How long it may take to end when told to. */
const PATIENCE_MS = 2000;

/** As much of what it says as is kept. */
const MOST_SAID = 16_384;

export const PACKETS_PIPE = 3;

export class GstreamerChild {
  readonly packets: PipeBytes;
  /** How it ended: its exit code, or null where a signal or the system ended it, or kept it from starting. */
  readonly ended: Promise<number | null>;
  said = '';
  /** Of one that is fed: where its own input is written, and where it tells of caps as they come to be known. */
  readonly feed: { readonly input: Writable; readonly told: Readable } | undefined;
  private readonly child: ChildProcess;
  private stopping: Promise<void> | undefined;

  constructor({ path, leash }: GstreamerProgram, words: readonly string[], isFed = false) {
    const [program, ...args] = [...leash, path, ...(isFed ? ['-v'] : ['-q', '-e']), ...words];
    // Messages are understood in English only.
    const env = { ...process.env, LC_ALL: 'C', GST_DEBUG_NO_COLOR: '1' };
    const own = isFed ? 'pipe' : 'ignore';
    this.child = spawn(program!, args, { stdio: [own, own, 'pipe', 'pipe'], env });
    const { stdin, stdout } = this.child;
    this.feed = stdin === null || stdout === null ? undefined : { input: stdin, told: stdout };
    this.ended = new Promise((resolve) => {
      this.child.once('error', (error) => {
        this.said += error.message;
        resolve(null);
      });
      this.child.once('close', (code) => resolve(code));
    });
    (this.child.stderr as Readable).setEncoding('utf8').on('data', (text: string) => {
      this.said = (this.said + text).slice(-MOST_SAID);
    });
    this.packets = new PipeBytes(this.child.stdio[PACKETS_PIPE] as Readable);
  }

  /** Ends it, by force where need be; resolves once it is gone. */
  stop(): Promise<void> {
    this.stopping ??= this.end();
    return this.stopping;
  }

  private async end(): Promise<void> {
    const { child } = this;
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGINT');
    // It does not notice while it waits for a reader.
    this.packets.close();
    const force = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
    await this.ended;
    clearTimeout(force);
  }
}
