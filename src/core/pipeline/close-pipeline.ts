import { AbortedError } from '../errors.ts';
import type { PipelineParts } from './pipeline-parts.ts';

/** Turns away whatever is still under way, waits for what is at work, and closes every element. State null. */
export async function closePipeline(parts: PipelineParts): Promise<void> {
  const { abortion, departure, editor, quarantine, sources, threads } = parts;
  abortion.abort(parts.failure ?? new AbortedError());
  sources.abort();
  for (const element of parts.sorted) {
    element.life.flush();
    for (const pad of element.sinkPads.values()) pad.close('flushing');
  }
  threads.settle(parts.failure ?? new AbortedError());
  await editor.idle;
  if (!(await departure.rest(parts.sorted))) await threads.abandon();
  await departure.close(parts.sorted);
  await threads.stop();
  await quarantine.finish();
  if (parts.state !== 'null') parts.to('null');
}
