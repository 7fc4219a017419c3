// A launch line in this process: what it gives comes as bytes, packet after packet, as from the pipes of a process of its own.
//
// A pipeline is never freed, but can be played again: lines that are over are kept for the next one like them. Each at work takes a
// thread of libuv's for each of its ends, and one for its bus, which wait in it. The process cannot end while they do.
import { Readable } from 'node:stream';
import { poolThreads } from '../../threads/native-calls.ts';
import { PipeBytes } from '../child/pipe-bytes.ts';
import { PICTURES_PIPE, type RunningLine, SOUND_PIPE } from '../gstreamer/gstreamer-child.ts';
import { MediaError } from '../media-error.ts';
import type { Superficial, SuperficialPipeline } from './superficial.ts';

/** What an end of a line keeps while nobody takes it: the line is held back, or what is live leaves out. */
const MOST_KEPT = 4;

/** Threads of libuv's that are left to everybody else. */
const THREADS_LEFT = 2;

/** Different lines that may be kept. */
const MOST_LINES = 64;

/** How long a line that is over is left alone. */
const REST_MS = 100;

const atWork = new Map<SuperficialPipeline, number>();
const idle = new Map<string, SuperficialPipeline[]>();
let made = 0;

/** @throws MediaError `media/too-many-lines` where there is no room for another line. @param ends Pictures, sound, or both. */
export function assertRoom(ends: number): void {
  const threads = poolThreads(process.env);
  const taken = [...atWork.values()].reduce((all, one) => all + one, 0);
  const wanted = taken + ends + 1 + THREADS_LEFT;
  if (taken > 0 && wanted > threads) {
    const text = `${atWork.size} of GStreamer's lines run in this process already, and take ${taken} of libuv's ${threads} threads; start it with UV_THREADPOOL_SIZE=${wanted}, or run the line in a process of its own`;
    throw new MediaError('media/too-many-lines', text);
  }
  if (made >= MOST_LINES) {
    const text = `${made} different lines have run in this process, which never frees them; run the line in a process of its own`;
    throw new MediaError('media/too-many-lines', text);
  }
}

export class BoundLine implements RunningLine {
  readonly pictures: PipeBytes;
  readonly sound: PipeBytes;
  readonly ended: Promise<number | null>;
  readonly waiting = new Set<string>();
  said = '';
  private readonly line: string;
  private readonly pipeline: SuperficialPipeline | undefined;
  private isOver = false;
  private over!: (code: number) => void;

  /** @param words Of which the last of each end write packets into a pipe. What is wrong with them, its end tells. */
  constructor(binding: Superficial, words: readonly string[]) {
    const ends = [PICTURES_PIPE, SOUND_PIPE].filter((pipe) => words.includes(fdOf(pipe)));
    this.line = inProcess(words);
    this.ended = new Promise((resolve) => (this.over = resolve));
    this.pipeline = this.begin(binding, ends.length);
    this.pictures = this.end(PICTURES_PIPE, ends);
    this.sound = this.end(SOUND_PIPE, ends);
  }

  stop(): Promise<void> {
    this.finish(0);
    this.pictures.close();
    this.sound.close();
    return Promise.resolve();
  }

  private begin(binding: Superficial, ends: number): SuperficialPipeline | undefined {
    try {
      const pipeline = take(binding, this.line, ends);
      pipeline.pollBus(({ type, message = '', debug = '', name = '' }) => {
        if (type === 'eos') this.finish(0);
        if (type === 'error') this.finish(1, `ERROR: from element ${name}: ${message}\nAdditional debug info:\n${debug}\n`);
      });
      // Before it plays, there is nothing to be had.
      pipeline.play();
      return pipeline;
    } catch (error) {
      this.finish(1, `WARNING: erroneous pipeline: ${(error as Error).message}\n`);
      return undefined;
    }
  }

  private end(pipe: number, ends: readonly number[]): PipeBytes {
    const sink = ends.includes(pipe) ? this.pipeline?.findChild(nameOf(pipe)) : undefined;
    const stream: Readable = new Readable({
      highWaterMark: 1,
      read: () => {
        // All has been taken before the bus tells of the end, and the pipeline may be at work for somebody else then.
        if (this.isOver || sink === undefined) stream.push(null);
        else sink.pull((bytes) => stream.push(bytes));
      },
    });
    return new PipeBytes(stream);
  }

  private finish(code: number, said = ''): void {
    if (this.isOver) return;
    this.isOver = true;
    this.said = said;
    const { pipeline, line } = this;
    if (pipeline !== undefined) {
      pipeline.stop();
      atWork.delete(pipeline);
      // What waits in it has come back by then.
      setTimeout(() => idle.set(line, [...(idle.get(line) ?? []), pipeline]), REST_MS).unref();
    }
    this.over(code);
  }
}

const fdOf = (pipe: number): string => `fd=${pipe}`;
const nameOf = (pipe: number): string => `leat-${pipe}`;

/** A line whose ends write into pipes, as one whose ends can be pulled at. */
function inProcess(words: readonly string[]): string {
  let line = words.join(' ');
  for (const pipe of [PICTURES_PIPE, SOUND_PIPE])
    line = line.replace(`fdsink ${fdOf(pipe)} sync=false`, `appsink name=${nameOf(pipe)} sync=false max-buffers=${MOST_KEPT}`);
  return line;
}

function take(binding: Superficial, line: string, ends: number): SuperficialPipeline {
  assertRoom(ends);
  const known = idle.get(line)?.pop();
  const pipeline = known ?? new binding.Pipeline(line);
  if (known === undefined && made++ === 0)
    process.once('exit', () => {
      for (const one of atWork.keys()) one.stop();
    });
  atWork.set(pipeline, ends + 1);
  return pipeline;
}
