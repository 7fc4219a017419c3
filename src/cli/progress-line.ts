// How far a run is: one line that is rewritten in place on a terminal, a plain line now and then elsewhere.
import type { WriteStream } from 'node:tty';
import { formatDuration, type Pipeline } from '../index.ts';

const TERMINAL_MS = 200;
const PLAIN_MS = 5000;
/** Frames a second are counted over the last few samples. */
const WINDOW = 16;

export interface ProgressState {
  readonly frames: number;
  /** Since the run began, in microseconds. */
  readonly elapsed: number;
  readonly fps: number;
  /** 0..1 where sources know how long they are. */
  readonly fraction: number | undefined;
}

export class ProgressLine {
  private readonly pipeline: Pipeline;
  private readonly stream: NodeJS.WritableStream;
  private readonly silent: boolean;
  /** When the run is to end, in microseconds from its beginning; where that was asked for. */
  private readonly duration: number | undefined;
  private readonly samples: { time: number; frames: number }[] = [];
  private timer: NodeJS.Timeout | undefined;
  private begun: number | undefined;
  private shown = false;

  constructor(pipeline: Pipeline, stream: NodeJS.WritableStream, { silent, duration }: { silent: boolean; duration?: number | undefined }) {
    this.pipeline = pipeline;
    this.stream = stream;
    this.silent = silent;
    this.duration = duration;
    pipeline.bus.on('state-changed', ({ to }) => {
      if (to !== 'playing') return;
      this.begun = pipeline.clock.now();
      this.samples.splice(0, this.samples.length, { time: this.begun, frames: 0 });
    });
  }

  private get isTerminal(): boolean {
    return (this.stream as WriteStream).isTTY === true && process.env['TERM'] !== 'dumb';
  }

  start(): void {
    if (this.silent) return;
    this.timer = setInterval(() => this.update(), this.isTerminal ? TERMINAL_MS : PLAIN_MS);
    this.timer.unref();
  }

  /** Prints a line above the progress. */
  print(line: string): void {
    this.clear();
    this.stream.write(`${line}\n`);
  }

  stop(): void {
    clearInterval(this.timer);
    this.clear();
  }

  private update(): void {
    if (this.pipeline.state !== 'playing' || this.begun === undefined) return;
    const now = this.pipeline.clock.now();
    const elapsed = now - this.begun;
    const frames = framesOf(this.pipeline);
    this.samples.push({ time: now, frames });
    if (this.samples.length > WINDOW) this.samples.shift();
    const first = this.samples[0]!;
    const span = now - first.time;
    const line = formatProgress({
      frames,
      elapsed,
      fps: span > 0 ? ((frames - first.frames) * 1e6) / span : 0,
      fraction: fractionOf(this.pipeline.positions.values(), elapsed, this.duration),
    });
    if (!this.isTerminal) this.stream.write(`${line}\n`);
    else {
      this.stream.write(`\r\x1b[K${line.slice(0, ((this.stream as WriteStream).columns || 100) - 1)}`);
      this.shown = true;
    }
  }

  private clear(): void {
    if (this.shown) this.stream.write('\r\x1b[K');
    this.shown = false;
  }
}

/** How much is done: of the source that has most left, where it knows its end; of the time where one was set; whichever comes first. */
export function fractionOf(
  positions: Iterable<{ readonly position: number; readonly duration: number | undefined }>,
  elapsed: number,
  duration: number | undefined,
): number | undefined {
  // A source that loops is past its own end, and says nothing about the run's.
  const shares = [...positions].map(({ position, duration: length = 0 }) => (position <= length ? position / length : undefined));
  const ofStream = shares.length > 0 && shares.every((share) => share !== undefined) ? Math.min(...shares) : undefined;
  const ofTime = duration === undefined ? undefined : Math.min(1, elapsed / duration);
  return ofStream === undefined ? ofTime : Math.max(ofStream, ofTime ?? 0);
}

/** Buffers that have left the sources. */
export function framesOf(pipeline: Pipeline): number {
  let frames = 0;
  for (const element of pipeline.elements.values()) if (element.isSource) frames += element.statistics.handled;
  return frames;
}

export function formatProgress({ frames, elapsed, fps, fraction }: ProgressState): string {
  const parts = [`${frames} frames`];
  if (fps > 0) parts.push(`${fps.toFixed(fps < 100 ? 1 : 0)} fps`);
  if (fraction === undefined) return [...parts, formatDuration(elapsed)].join('  ');
  const left = fraction > 0 && elapsed > 0 ? [`${formatDuration((elapsed * (1 - fraction)) / fraction)} left`] : [];
  return [`${String(Math.floor(fraction * 100)).padStart(3)} %`, ...parts, ...left].join('  ');
}
