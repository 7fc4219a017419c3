// Which elements run in which worker thread, and which links lead from one thread into another. Elements that are linked to each
// other inside one thread do not leave it in between; two worker threads meet by way of the pipeline's own.
import type { AnyElementDefinition } from '../element/define-element.ts';
import type { Element } from '../element/element.ts';
import type { SinkPad, SrcPad } from '../element/pad.ts';
import { templateNameOf } from '../element/pad-template.ts';
import type { Issue } from '../errors.ts';
import type { ElementDescription } from '../graph/graph-description.ts';
import { childPointer } from '../graph/json-pointer.ts';
import type { ClockState } from '../time/pipeline-clock.ts';
import type { QuestionPort } from './question-port.ts';
import type { ThreadHost } from './thread-host.ts';
import type { PlannedElement, PlannedLink, ThreadPlan } from './thread-notes.ts';
import { atMachineTime } from './worker-clock.ts';

/** The links of a thread, and the pads of those that lead out of it or into it, by number. */
export interface PlannedLinks {
  readonly links: readonly PlannedLink[];
  readonly inward: ReadonlyMap<number, SinkPad>;
  readonly outward: ReadonlyMap<number, SrcPad>;
}

/** @param last The number that was given last to a link. */
export function planLinks(elements: readonly Element[], last = 0): PlannedLinks {
  const links: PlannedLink[] = [];
  const inward = new Map<number, SinkPad>();
  const outward = new Map<number, SrcPad>();
  const isInside = (element: Element): boolean => elements.includes(element);
  let id = last;
  for (const element of elements) {
    for (const pad of element.sinkPads.values()) {
      if (pad.peer === undefined) continue;
      const link = { from: endOf(pad.peer), to: endOf(pad), isLive: pad.peer.element.isLive };
      if (isInside(pad.peer.element)) links.push(link);
      else {
        links.push({ ...link, crossing: { id: ++id, direction: 'in' } });
        inward.set(id, pad);
      }
    }
    for (const pad of element.srcPads.values()) {
      if (pad.peer === undefined || isInside(pad.peer.element)) continue;
      links.push({ from: endOf(pad), to: endOf(pad.peer), isLive: element.isLive, crossing: { id: ++id, direction: 'out' } });
      outward.set(id, pad);
    }
  }
  return { links, inward, outward };
}

/** Everything that the worker has to know. */
export function planThread(
  name: string,
  elements: readonly Element[],
  { links, questions, host, holder }: { links: readonly PlannedLink[]; questions: QuestionPort; host: ThreadHost; holder: number },
): ThreadPlan {
  return {
    thread: name,
    arena: { ...host.arena.handle, holder },
    cores: host.budget.cores,
    clock: clockStateOf(host),
    elements: planElements(elements, host),
    links,
    tellsSpans: host.elements.span !== undefined,
    questions: questions.far,
    answered: questions.answered,
  };
}

/** What the worker has to know of elements. */
export function planElements(elements: readonly Element[], host: ThreadHost): PlannedElement[] {
  return elements.map((element) => planElement(element, host.moduleOf(element.definition.name)!));
}

/** Where the pipeline's clock stands against the machine's; undefined when another clock drives it. */
export function clockStateOf({ isMachineTime, clock }: ThreadHost): ClockState | undefined {
  return isMachineTime ? atMachineTime((now) => clock.stateAgainst(now)) : undefined;
}

function planElement(element: Element, module: string): PlannedElement {
  const { name, definition, depth, isLive, written } = element;
  const pads = [...element.sinkPads.values(), ...element.srcPads.values()];
  return {
    name,
    type: definition.name,
    module,
    description: { ...element.description, props: written },
    depth,
    isLive,
    pads: pads.map((pad) => ({ name: pad.name, template: templateNameOf(definition, pad) })),
  };
}

/** What speaks against running an element in the thread that its description names. */
export function threadIssue(name: string, definition: AnyElementDefinition, { thread }: Partial<ElementDescription>): Issue | undefined {
  const reason = definition.needsMainThread;
  if (thread === undefined || reason === undefined) return undefined;
  const path = childPointer(childPointer('/elements', name), 'thread');
  const message = `A ${definition.name} cannot run in a thread: ${reason}`;
  return { code: 'thread/not-possible', path, message, hint: 'leave thread out here; its neighbours may have one' };
}

/** The complaint about an element whose definition a worker thread has no way to get at. */
export function unknownModule(name: string, definition: AnyElementDefinition): Issue {
  return {
    code: 'thread/no-module',
    path: childPointer(childPointer('/elements', name), 'thread'),
    message: `A ${definition.name} cannot run in a thread: no module is known from which the thread could load it`,
    hint: 'export it from a module of its own and load that as a plugin',
  };
}

function endOf(pad: SinkPad | SrcPad): { element: string; pad: string } {
  return { element: pad.element.name, pad: pad.name };
}
