// Who waits for whom in a graph, now: for room in a queue, for its turn, for a buffer at an input, for a batch to fill, for a
// slab of a pool. Each wait says what would end it, so that whoever reads of a circle knows where to cut it.
import type { Element } from '../element/element.ts';
import type { SinkPad } from '../element/pad.ts';
import type { Queue } from '../queue/queue.ts';
import { poolWaits } from './pool-waits.ts';

/** `who` cannot go on before `whom` does something. */
export interface Wait {
  readonly who: Element;
  readonly whom: Element;
  /** One of several inputs lacks what the others have. */
  readonly isForInput: boolean;
  /** A sentence of it. */
  readonly text: string;
  /** A change of the graph with which nobody would have to wait; left out where there is none to name. */
  readonly remedy?: string | undefined;
}

/** All waits, from sources to sinks. */
export function waitsOf(elements: readonly Element[]): Wait[] {
  const slabs = poolWaits(elements);
  // What lies inside an element that joins is seen by nobody but through the pool that it comes from.
  const holders = new Set(slabs.filter(({ isGuessed }) => isGuessed).map(({ whom }) => whom));
  return [...elements.flatMap((element) => [...waitsAt(element), ...missingInputs(element, holders.has(element))]), ...slabs];
}

/** Pads that take part in the stream. */
export function streamPads(element: Element): SinkPad[] {
  return [...element.sinkPads.values()].filter(({ peer, template }) => peer !== undefined && template.feedback !== true);
}

/** Those who wait before an element, and what it waits for itself to have a batch. */
function waitsAt(whom: Element): Wait[] {
  return streamPads(whom).flatMap((pad) => {
    const who = pad.peer!.element;
    const { queueTask: task, crossing } = pad;
    if (crossing !== undefined) {
      const text = `${who.name} waits for ${whom.name} to take one of ${crossing.level} buffers that are on their way to its thread`;
      return crossing.isFull ? [{ who, whom, text, isForInput: false }] : [];
    }
    if (task === undefined) {
      const text = `${who.name} waits for ${whom.name} to take a buffer at ${pad.path}`;
      return pad.busy === undefined ? [] : [{ who, whom, text, isForInput: false }];
    }
    const { lacks } = task;
    const waits = task.queue.blocked === 0 ? [] : [{ who, whom, isForInput: false, ...roomWait(who, pad, task.queue) }];
    if (lacks === undefined) return waits;
    const text = `${whom.name} waits for ${lacks.of - lacks.has} more buffers from ${who.name} to fill a batch of ${lacks.of}`;
    const remedy = `set batch.maxWaitMs of ${whom.name}, or its batch.maxSize to at most ${lacks.has}`;
    return [...waits, ...lacking(who, whom, { text, remedy, isForInput: false })];
  });
}

function roomWait(who: Element, { path, element }: SinkPad, queue: Queue): Pick<Wait, 'text' | 'remedy'> {
  const { maxBuffers, maxBytes, maxTimeMs } = queue.options;
  const full =
    maxBuffers > 0 && queue.level >= maxBuffers
      ? ['maxBuffers', `${queue.level} of ${maxBuffers} buffers`]
      : maxBytes > 0 && queue.levelTime < maxTimeMs * 1000
        ? ['maxBytes', `${queue.levelBytes} of ${maxBytes} bytes`]
        : maxBytes > 0 && maxTimeMs === 0
          ? ['maxBytes', `${queue.levelBytes} of ${maxBytes} bytes`]
          : ['maxTimeMs', `${queue.levelTime / 1000} of ${maxTimeMs} ms`];
  return {
    text: `${who.name} waits for room in the queue of ${path}, which holds ${full[1]}`,
    remedy: `raise queue.${full[0]} of ${element.name}, or set its queue.onFull to dropOldest`,
  };
}

/** An element of several inputs that has something on one of them lacks something on another. */
function missingInputs(whose: Element, holdsUnseen: boolean): Wait[] {
  const pads = streamPads(whose);
  if (pads.length < 2 || !(holdsUnseen || pads.some(has))) return [];
  return pads.flatMap((pad) => {
    if (pad.hasEnded || has(pad)) return [];
    const from = pad.peer!.element;
    return lacking(from, whose, {
      text: `${whose.name} waits for ${from.name} to give it something at ${pad.path}`,
      remedy: limitOf(whose),
      isForInput: true,
    });
  });
}

/** A limit to its waiting that an element has and does not use. */
function limitOf({ name, definition, props }: Element): string | undefined {
  if (!Object.hasOwn(definition.props.shape, 'maxWaitMs')) return undefined;
  return (props as { maxWaitMs?: unknown }).maxWaitMs === null ? `set maxWaitMs of ${name}` : undefined;
}

/** Whether something has come to a pad that its element has not done with. */
function has({ queueTask }: SinkPad): boolean {
  return (queueTask?.queue.level ?? 0) > 0 || queueTask?.busy !== undefined;
}

/** Waiting for data, as far up as nobody has any. */
function lacking(from: Element, who: Element, said: Omit<Wait, 'who' | 'whom'>): Wait[] {
  const wait: Wait = { who, whom: from, ...said };
  // What is held back waits for more itself.
  if ((from.statistics.inFlight > 0 && from.definition.holdsBack !== true) || from.isSource) return [wait];
  const before = streamPads(from).flatMap((pad) =>
    has(pad)
      ? []
      : lacking(pad.peer!.element, from, {
          text: `${from.name} waits for ${pad.peer!.element.name} to give it something at ${pad.path}`,
          isForInput: false,
        }),
  );
  return [wait, ...before];
}
