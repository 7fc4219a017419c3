// What the elements of a pipeline ask of it.
import type { Element } from '../element/element.ts';
import type { ElementContext } from '../element/element-context.ts';
import type { ElementHost } from '../element/element-host.ts';
import { isAnythingLeft } from '../element/given-up.ts';
import { makeContext } from '../element/make-context.ts';
import type { PipelineParts } from './pipeline-parts.ts';
import { downstreamCapacity } from './topology.ts';

export function pipelineHost(parts: PipelineParts): ElementHost {
  const { clock, end, timeline } = parts;
  const { onSpan, random = Math.random } = parts.options;
  return {
    clock,
    get isHeld() {
      return end.isHeld;
    },
    random,
    timeline,
    isComing: ({ name }) => parts.live.isComing(name),
    post: (message) => parts.post(message),
    fail: (error, afterDraining = false) => {
      const { abortion, failure, live, sources } = parts;
      if (abortion.signal.aborted || (afterDraining && failure !== undefined) || live.hasDismissed(error.element)) return;
      if (live.failComing(error)) return;
      parts.post({ type: 'error', element: error.element, error });
      if (!afterDraining) parts.abort(error);
      else {
        parts.failure = error;
        sources.stop();
        end.stop();
      }
    },
    ended: (element) => {
      if (element.hooks?.report === undefined) parts.post({ type: 'eos', element: element.name });
      end.ended(element);
    },
    setAside: (one) => parts.quarantine.add(one),
    gaveUp: (element, error) => {
      // Where nothing is left that goes on, that was the pipeline.
      if (!isAnythingLeft(parts.sorted)) element.faults.endWith(error);
    },
    resourceChanged: () => parts.election.elect(),
    clockLost: (element, reason) => parts.election.lost(element, reason),
    contextOf: (element) => contextOf(element, parts),
    ...(onSpan === undefined ? {} : { span: onSpan }),
  };
}

function contextOf(element: Element, parts: PipelineParts): ElementContext {
  const { abortion, claims, clock, machineClock, options, positions, timeline } = parts;
  return makeContext(element, {
    clock,
    systemClock: machineClock,
    timeline,
    arena: options.arena,
    budget: options.budget,
    signal: abortion.signalOf(element),
    baseFolder: parts.folderOf(element.name),
    outputFolder: options.outputFolder ?? '.',
    standardOutput: options.standardOutput ?? process.stdout,
    downstreamCapacity: downstreamCapacity(element),
    post: (message) => parts.post(message),
    position: (position, duration) => positions.note(element.name, position, duration),
    summary: () => parts.summary(),
    claims,
  });
}
