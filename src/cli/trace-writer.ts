// Writes a trace that https://ui.perfetto.dev and chrome://tracing read: one group per thread, one track per element in it, and
// more tracks where an element works on several buffers at once. Queue levels are counters, warnings and drops are marks.
//
// Written as it happens, in pieces of 64 kB, so that a long run needs no more memory than a short one. The file is the array form
// of the format, which is readable even when its end is missing.
import { closeSync, openSync, writeSync } from 'node:fs';
import type { Element, Microseconds, Pipeline } from '../index.ts';

const PIECE = 65536;
/** Queue levels are taken at most this often. */
const COUNTER_INTERVAL = 10_000;

interface Track {
  readonly process: number;
  readonly first: number;
  /** When each of the element's lanes becomes free. */
  readonly lanes: Microseconds[];
  countedAt: Microseconds;
}

export class TraceWriter {
  private readonly file: number;
  private readonly tracks = new Map<Element, Track>();
  private readonly processes = new Map<string, number>();
  private pending = '[\n';
  private lines = 0;

  constructor(path: string) {
    this.file = openSync(path, 'w');
  }

  /** Marks what a pipeline tells of. */
  watch(pipeline: Pipeline): void {
    // Tracks stand in the order of the graph.
    for (const element of pipeline.elements.values()) this.trackOf(element);
    pipeline.bus.on('*', (message) => {
      if (message.type !== 'warning' && message.type !== 'dropped' && message.type !== 'quarantine' && message.type !== 'error') return;
      const element = pipeline.elements.get(message.element);
      const track = element === undefined ? undefined : this.trackOf(element);
      const args = message.type === 'dropped' ? { cause: message.cause, count: message.count } : {};
      this.write({
        name: message.type,
        ph: 'i',
        s: track === undefined ? 'g' : 't',
        ts: pipeline.clock.now(),
        pid: track?.process ?? 1,
        tid: track?.first ?? 0,
        args,
      });
    });
  }

  /** For the pipeline's `onSpan`. */
  readonly span = (element: Element, start: Microseconds, end: Microseconds, size: number): void => {
    const track = this.trackOf(element);
    // Spans come in the order of their ends; one that began before a lane became free belongs to another lane.
    let lane = track.lanes.findIndex((free) => free <= start);
    if (lane === -1) {
      lane = track.lanes.length;
      if (lane > 0) this.nameLane(track, element, lane);
    }
    track.lanes[lane] = end;
    this.write({
      name: element.name,
      cat: element.definition.name,
      ph: 'X',
      ts: start,
      dur: end - start,
      pid: track.process,
      tid: track.first + lane,
      args: { size },
    });
    if (end - track.countedAt < COUNTER_INTERVAL) return;
    track.countedAt = end;
    for (const { name, queueTask } of element.sinkPads.values()) {
      if (queueTask === undefined) continue;
      this.write({ name: `${element.name}.${name} queue`, ph: 'C', ts: end, pid: track.process, args: { buffers: queueTask.queue.level } });
    }
  };

  close(): void {
    writeSync(this.file, `${this.pending}\n]\n`);
    closeSync(this.file);
  }

  private trackOf(element: Element): Track {
    const known = this.tracks.get(element);
    if (known !== undefined) return known;
    const thread = element.description.thread ?? 'main';
    let process = this.processes.get(thread);
    if (process === undefined) {
      process = this.processes.size + 1;
      this.processes.set(thread, process);
      this.write({ name: 'process_name', ph: 'M', pid: process, args: { name: `thread ${thread}` } });
    }
    const track = { process, first: (this.tracks.size + 1) * 100, lanes: [], countedAt: 0 };
    this.tracks.set(element, track);
    this.nameLane(track, element, 0);
    return track;
  }

  private nameLane({ process, first }: Track, element: Element, lane: number): void {
    const tid = first + lane;
    const name = lane === 0 ? element.name : `${element.name} (${lane + 1})`;
    this.write({ name: 'thread_name', ph: 'M', pid: process, tid, args: { name } });
    this.write({ name: 'thread_sort_index', ph: 'M', pid: process, tid, args: { sort_index: tid } });
  }

  private write(event: object): void {
    this.pending += `${this.lines++ === 0 ? '' : ',\n'}${JSON.stringify(event)}`;
    if (this.pending.length < PIECE) return;
    writeSync(this.file, this.pending);
    this.pending = '';
  }
}
