// A run of a pipeline that is open and negotiated: it plays, may be paused, and comes to its end when every sink has, when it is
// stopped, or when something fails.
import type { PipelineSummary } from '../counts/summary.ts';
import { AbortedError, ElementError } from '../errors.ts';
import { formatDuration, type Microseconds } from '../time/time.ts';
import { closePipeline } from './close-pipeline.ts';
import type { PipelineParts } from './pipeline-parts.ts';

export class PipelineRun {
  private readonly parts: PipelineParts;
  private cancelDeadline: (() => void) | undefined;

  constructor(parts: PipelineParts) {
    this.parts = parts;
  }

  /** Plays from the beginning; returns once every sink has made its last byte durable, and everything is closed. */
  async through(): Promise<PipelineSummary> {
    const { parts } = this;
    const { clock, election, end, overload, threads } = parts;
    if (parts.failure !== undefined) {
      await closePipeline(parts);
      throw parts.failure;
    }
    const done = this.begin();
    try {
      await done;
      parts.endedAt = clock.now();
      election.measure();
      await threads.count();
      await this.report();
    } finally {
      parts.endedAt ??= clock.now();
      election.end();
      parts.endWatch();
      parts.timeline.pause();
      // Who is closed in a pause may still wait for the clock.
      clock.play();
      threads.follow(parts.timeline.state);
      overload.stop();
      end.finish();
      this.cancelDeadline?.();
      this.cancelDeadline = undefined;
      await closePipeline(parts);
      overload.giveBack();
    }
    return parts.summary();
  }

  /** Ends the sources, and takes the pipeline down when the rest has not been worked off by the deadline. */
  stop(deadline?: Microseconds): void {
    const { parts } = this;
    const { departure, machineClock } = parts;
    parts.stopRequested = true;
    // What waits for its time has to get out.
    this.play();
    parts.sources.stop();
    parts.end.stop();
    if (deadline === undefined || this.cancelDeadline !== undefined) return;
    this.cancelDeadline = machineClock.schedule(machineClock.now() + deadline, () => {
      const atWork = departure.atWork(parts.sorted).map(({ name }) => name);
      const names = atWork.join(', ') || 'nothing';
      parts.abort(new AbortedError(`Aborted: not finished ${formatDuration(deadline)} after it was stopped; still at work: ${names}`));
    });
  }

  pause(): void {
    const { parts } = this;
    const { clock, end, state, threads, timeline } = parts;
    if (state === 'paused' && timeline.isPaused && end.isAwaited) return;
    if (state !== 'playing') throw new RangeError(`Cannot pause a pipeline that does not play: its state is ${state}`);
    timeline.pause();
    clock.pause();
    threads.follow(timeline.state);
    parts.pauseWatch();
    parts.to('paused');
  }

  play(): void {
    const { parts } = this;
    const { clock, end, threads, timeline } = parts;
    if (!end.isAwaited || parts.state !== 'paused') return;
    parts.to('playing');
    clock.play();
    parts.resumeWatch();
    timeline.play();
    threads.follow(timeline.state);
  }

  /** Resolves at the end of the run. */
  private begin(): Promise<void> {
    const { parts } = this;
    const { clock, election, end, overload, positions, sources, threads, timeline } = parts;
    election.begin(() => parts.sorted);
    parts.startedAt = clock.now();
    timeline.begin();
    for (const element of parts.sorted) if (element.isSource) sources.add(element, (start) => threads.source(element, start));
    threads.follow(timeline.state);
    parts.endedAt = undefined;
    positions.clear();
    parts.to('playing');
    const done = end.begin(parts.sorted);
    parts.beginWatch();
    overload.start();
    sources.start();
    if (parts.stopRequested) this.stop();
    return done;
  }

  /** Lets elements finish that tell of the whole run. */
  private async report(): Promise<void> {
    const { parts } = this;
    const summary = parts.summary();
    for (const { hooks, name } of parts.sorted) {
      if (hooks?.report === undefined) continue;
      try {
        await Promise.race([hooks.report(summary), parts.abortion.isOver]);
        parts.post({ type: 'eos', element: name });
      } catch (thrown) {
        const error = ElementError.from(name, thrown);
        parts.post({ type: 'error', element: name, error });
        parts.failure ??= error;
      }
    }
    if (parts.failure !== undefined) throw parts.failure;
  }
}
