// FFmpeg's program at work: its pipes, what it says, and its end, which comes however this process ends.
import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { PipeBytes } from '../child/pipe-bytes.ts';
import { type FfmpegCommand, SOUND_PIPE } from './ffmpeg-command.ts';
import { FfmpegLog } from './ffmpeg-log.ts';
import type { FfmpegProgram } from './ffmpeg-program.ts';

/** How long it may take to end when told to. */
const PATIENCE_MS = 2000;

export class FfmpegChild {
  readonly log = new FfmpegLog();
  readonly pictures: PipeBytes;
  readonly sound: PipeBytes;
  /** How it ended: its exit code, or null where a signal or the system ended it, or kept it from starting. */
  readonly ended: Promise<number | null>;
  /** Everything that it will say has been said. */
  isSilent = false;
  private readonly child: ChildProcess;
  private readonly listeners = new Set<() => void>();
  private stopping: Promise<void> | undefined;

  constructor({ path, leash }: FfmpegProgram, { words, list }: FfmpegCommand) {
    const [program, ...args] = [...leash, path, ...words];
    const input = list === undefined ? 'ignore' : 'pipe';
    this.child = spawn(program!, args, { stdio: [input, 'pipe', 'pipe', 'pipe'], env: { ...process.env, AV_LOG_FORCE_NOCOLOR: '1' } });
    this.ended = new Promise((resolve) => {
      this.child.once('error', (error) => {
        this.log.faults.push(error.message);
        resolve(null);
      });
      this.child.once('close', (code) => resolve(code));
    });
    // It may have ended before it read.
    this.child.stdin?.on('error', () => undefined).end(list);
    const said = this.child.stderr as Readable;
    said.setEncoding('utf8').on('data', (text: string) => {
      this.log.push(text);
      this.tell();
    });
    const fallSilent = (): void => {
      if (this.isSilent) return;
      this.isSilent = true;
      this.log.end();
      this.tell();
    };
    said.once('close', fallSilent);
    void this.ended.then(fallSilent);
    this.pictures = new PipeBytes(this.child.stdout as Readable);
    this.sound = new PipeBytes(this.child.stdio[SOUND_PIPE] as Readable);
  }

  /** Resolves once it has said something, or will say nothing any more. */
  async spoken(): Promise<void> {
    if (this.isSilent) return;
    await new Promise<void>((resolve) => {
      const listener = (): void => {
        this.listeners.delete(listener);
        resolve();
      };
      this.listeners.add(listener);
    });
  }

  /** Ends it, by force where need be; resolves once it is gone. */
  stop(): Promise<void> {
    this.stopping ??= this.end();
    return this.stopping;
  }

  private async end(): Promise<void> {
    const { child } = this;
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
    // It does not notice while it waits for a reader.
    this.pictures.close();
    this.sound.close();
    const force = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
    await this.ended;
    clearTimeout(force);
  }

  private tell(): void {
    for (const listener of [...this.listeners]) listener();
  }
}

/** Runs it to its end for what it says. */
export async function ffmpegSays(program: FfmpegProgram, command: FfmpegCommand, signal?: AbortSignal): Promise<FfmpegLog> {
  const child = new FfmpegChild(program, command);
  const stop = (): void => void child.stop();
  signal?.addEventListener('abort', stop, { once: true });
  try {
    await child.ended;
    return child.log;
  } finally {
    signal?.removeEventListener('abort', stop);
    await child.stop();
  }
}
