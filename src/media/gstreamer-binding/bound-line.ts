// A launch line in this process: what it gives comes as bytes, packet after packet, as from a pipe.
//
// A pipeline is never freed, but can be played again: lines that are over are kept for the next one like them. Each at work takes two
// of libuv's threads, which wait in it. The process cannot end while they do.
import { Readable } from 'node:stream';
import { poolThreads } from '../../threads/native-calls.ts';
import { PipeBytes } from '../ffmpeg/pipe-bytes.ts';
import { MediaError } from '../media-error.ts';
import type { Superficial, SuperficialPipeline } from './superficial.ts';

const EXIT = 'leat-out';

/** What the line keeps while nobody takes it: it is held back, or what is live leaves out. */
const MOST_KEPT = 4;

const THREADS_EACH = 2;

/** Threads of libuv's that are left to everybody else. */
const THREADS_LEFT = 2;

/** Different lines that may be kept. */
const MOST_LINES = 64;

/** How long a line that is over is left alone. */
const REST_MS = 100;

const atWork = new Set<SuperficialPipeline>();
const idle = new Map<string, SuperficialPipeline[]>();
let made = 0;

export class BoundLine {
  readonly packets: PipeBytes;
  /** Resolves when it is over, with what GStreamer complains of; undefined where it has ended well. */
  readonly ended: Promise<string | undefined>;
  private readonly line: string;
  private readonly pipeline: SuperficialPipeline;
  private isOver = false;
  private over!: (said: string | undefined) => void;

  /**
   * @param line Ends in what gives packets.
   * @throws MediaError `media/bad-launch`, or `media/too-many-lines` where no more of them can run here.
   */
  constructor(binding: Superficial, line: string) {
    this.line = `${line} ! appsink name=${EXIT} sync=false max-buffers=${MOST_KEPT}`;
    this.pipeline = take(binding, this.line);
    this.ended = new Promise((resolve) => (this.over = resolve));
    const { pipeline } = this;
    atWork.add(pipeline);
    pipeline.pollBus(({ type, message = '', debug = '', name = '' }) => {
      if (type === 'eos') this.finish(undefined);
      if (type === 'error') this.finish(`ERROR: from element ${name}: ${message}\nAdditional debug info:\n${debug}`);
    });
    // Before it plays, there is nothing to be had.
    pipeline.play();
    const sink = pipeline.findChild(EXIT);
    const pipe = new Readable({
      highWaterMark: 1,
      read: () => {
        // All has been taken before the bus tells of the end, and the pipeline may be at work for somebody else then.
        if (this.isOver) pipe.push(null);
        else sink.pull((bytes) => pipe.push(bytes));
      },
    });
    this.packets = new PipeBytes(pipe);
  }

  /** Ends it; safe to call twice. */
  stop(): void {
    this.finish(undefined);
    this.packets.close();
  }

  private finish(said: string | undefined): void {
    if (this.isOver) return;
    this.isOver = true;
    const { pipeline, line } = this;
    pipeline.stop();
    atWork.delete(pipeline);
    // What waits in it has come back by then.
    setTimeout(() => idle.set(line, [...(idle.get(line) ?? []), pipeline]), REST_MS).unref();
    this.over(said);
  }
}

function take(binding: Superficial, line: string): SuperficialPipeline {
  const room = Math.max(1, Math.floor((poolThreads(process.env) - THREADS_LEFT) / THREADS_EACH));
  if (atWork.size >= room) {
    const text = `${atWork.size} of GStreamer's lines run in this process already, each of which takes ${THREADS_EACH} of libuv's ${poolThreads(process.env)} threads; start it with UV_THREADPOOL_SIZE=${THREADS_LEFT + THREADS_EACH * (room + 1)}, or run the line in a process of its own`;
    throw new MediaError('media/too-many-lines', `Cannot run another: ${text}`);
  }
  const known = idle.get(line)?.pop();
  if (known !== undefined) return known;
  if (made >= MOST_LINES) {
    const text = `${made} different lines have run in this process, which never frees them; run the line in a process of its own`;
    throw new MediaError('media/too-many-lines', `Cannot run another: ${text}`);
  }
  const pipeline = new binding.Pipeline(line);
  if (made === 0)
    process.once('exit', () => {
      for (const one of atWork) one.stop();
    });
  made++;
  return pipeline;
}
