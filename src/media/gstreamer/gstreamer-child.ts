// gst-launch-1.0 at work: its pipes of packets, what it says, and its end, which comes however this process ends.
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { PipeBytes } from '../child/pipe-bytes.ts';
import type { GstreamerProgram } from './gstreamer-program.ts';

/** How long it may take to end when told to. */
const PATIENCE_MS = 2000;

/** As much of what it complains of as is kept. */
const MOST_SAID = 16_384;

/** What it says where something has no stream of the kind that it waits for, and the name of that. */
const LOOSE_END = /^failed delayed linking .* to some pad of \w+ named (\S+)/;

const FAULT = /^ERROR: .*\n/m;

export const PICTURES_PIPE = 3;
export const SOUND_PIPE = 4;

export interface ChildManners {
  /** Its first element reads what is written to `input`. */
  readonly isFed?: boolean;
  /** Hears what it tells of its elements, their caps and tags among them, line by line. */
  readonly hear?: (line: string) => void;
  /** What it writes into files on the way is ended well. */
  readonly endsFiles?: boolean;
  /** It ends where something has no stream of the kind that it waits for, and would wait for ever. */
  readonly isWhole?: boolean;
}

/** A line at work, wherever it runs. */
export type RunningLine = Pick<GstreamerChild, 'pictures' | 'sound' | 'ended' | 'said' | 'waiting' | 'stop'>;

export class GstreamerChild {
  readonly pictures: PipeBytes;
  readonly sound: PipeBytes;
  /** How it ended: its exit code, or null where a signal or the system ended it, or kept it from starting. */
  readonly ended: Promise<number | null>;
  /** What it complains of. */
  said = '';
  /** Elements, by name, for which there is no stream of the kind that they wait for. */
  readonly waiting = new Set<string>();
  /** Its standard input, where it is fed. */
  readonly input: Writable | undefined;
  private readonly child: ChildProcess;
  private stopping: Promise<void> | undefined;
  private force: NodeJS.Timeout | undefined;

  constructor({ path, leash }: GstreamerProgram, words: readonly string[], manners: ChildManners = {}) {
    const { hear, isFed = false, endsFiles = false, isWhole = false } = manners;
    const manner = [...(hear === undefined ? [] : ['-v', '-t']), ...(endsFiles ? ['-e'] : [])];
    const [program, ...args] = [...leash, path, ...manner, ...words];
    // Messages are understood in English only.
    const env = { ...process.env, LC_ALL: 'C', GST_DEBUG_NO_COLOR: '1' };
    this.child = spawn(program!, args, { stdio: [isFed ? 'pipe' : 'ignore', 'pipe', 'pipe', 'pipe', 'pipe'], env });
    this.input = this.child.stdin ?? undefined;
    // Its end says what is wrong.
    this.input?.on('error', () => {});
    createInterface(this.child.stdout!).on('line', (line) => {
      const lacking = LOOSE_END.exec(line)?.[1];
      if (lacking !== undefined) this.waiting.add(lacking);
      if (isWhole && lacking !== undefined) void this.stop();
      hear?.(line);
    });
    this.ended = new Promise((resolve) => {
      this.child.once('error', (error) => {
        this.said += error.message;
        resolve(null);
      });
      this.child.once('close', (code) => {
        clearTimeout(this.force);
        resolve(code ?? (FAULT.test(this.said) ? 1 : null));
      });
    });
    (this.child.stderr as Readable).setEncoding('utf8').on('data', (text: string) => {
      this.said = (this.said + text).slice(-MOST_SAID);
      // Now and then it never gets over an error.
      if (FAULT.test(this.said)) this.force ??= setTimeout(() => this.child.kill('SIGKILL'), PATIENCE_MS);
    });
    this.pictures = new PipeBytes(this.child.stdio[PICTURES_PIPE] as Readable);
    this.sound = new PipeBytes(this.child.stdio[SOUND_PIPE] as Readable);
  }

  /** Ends it, by force where need be; resolves once it is gone. */
  stop(): Promise<void> {
    this.stopping ??= this.end();
    return this.stopping;
  }

  private async end(): Promise<void> {
    const { child } = this;
    this.input?.destroy();
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGINT');
    // It does not notice while it waits for a reader.
    this.pictures.close();
    this.sound.close();
    this.force ??= setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
    await this.ended;
  }
}
