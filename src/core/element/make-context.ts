import { ElementError } from '../errors.ts';
import type { FileClaims } from '../pipeline/file-claims.ts';
import type { Message } from '../pipeline/message.ts';
import { valueWithoutSecrets } from '../secrets.ts';
import type { StreamBuffer } from '../stream/buffer.ts';
import { EOS } from '../stream/event.ts';
import type { Flow } from '../stream/flow-return.ts';
import type { Element } from './element.ts';
import type { ElementContext } from './element-context.ts';
import type { SrcPad } from './pad.ts';

type Shared = Pick<
  ElementContext,
  | 'clock'
  | 'systemClock'
  | 'timeline'
  | 'arena'
  | 'budget'
  | 'signal'
  | 'baseFolder'
  | 'outputFolder'
  | 'standardOutput'
  | 'downstreamCapacity'
  | 'position'
  | 'summary'
>;

/** What an element is given to live on. */
export function makeContext(
  element: Element,
  shared: Shared & { post: (message: Message) => void; claims: Pick<FileClaims, 'claim'> },
): ElementContext {
  const { name } = element;
  const { post, claims, downstreamCapacity, ...rest } = shared;
  element.pools.downstream = downstreamCapacity;
  const padOf = (pad: string): SrcPad => {
    const found = element.srcPads.get(pad);
    if (found === undefined) throw new ElementError(name, 'element/unknown-pad', `${name} has no src pad named ${pad}`);
    return found;
  };
  return {
    ...rest,
    name,
    isLive: element.isLive,
    isLinked: (pad) => element.srcPads.get(pad)?.peer !== undefined,
    get downstreamCapacity() {
      return element.pools.downstream;
    },
    pool: (options) => element.pools.make(shared.arena, { name, ...options }),
    maxBatch: element.description.batch?.maxSize ?? 1,
    inFlight: element.description.inFlight,
    batched: (cause, size, measures) => element.statistics.batch(cause, size, measures),
    padded: (useful, all) => element.statistics.padding(useful, all),
    push: (pad, buffer) => {
      const src = element.srcPads.get(pad);
      if (src !== undefined) return element.hookTime.away.isWatched ? watchedPush(element, src, buffer) : src.push(buffer);
      // Nobody has linked a pad that need not be there, or nobody does any more.
      if (!isOptional(element, pad)) return padOf(pad).push(buffer);
      buffer.release();
      return 'not-linked';
    },
    waiting: async (promise) => {
      element.hookTime.away.leave();
      try {
        return await promise;
      } finally {
        element.hookTime.away.comeBack();
      }
    },
    event: (pad, event) => padOf(pad).pushEvent(event),
    gap: (pad, { pts, duration = 0, source, epoch, parts, recordedAt }) => {
      const also = { ...(parts === undefined ? {} : { parts }), ...(recordedAt === undefined ? {} : { recordedAt }) };
      return padOf(pad).pushEvent({ type: 'gap', pts, duration, source, epoch, ...also });
    },
    end: (pad) => padOf(pad).pushEvent(EOS),
    setCaps: (pad, caps) => {
      const src = padOf(pad);
      src.caps = caps;
      return src.pushEvent({ type: 'caps', caps });
    },
    reads: (path) => claims.claim(name, path, false),
    writes: (path) => claims.claim(name, path, true),
    needs: (need) => element.needs.tellUpstream(need),
    neededFrom: (source, epoch) => element.needs.own(source, epoch),
    clockLost: (reason) => element.host.clockLost?.(element, reason),
    warn: (code, text) => post({ type: 'warning', element: name, code, text }),
    info: (code, text) => post({ type: 'info', element: name, code, text }),
    progress: (text, fraction) => post({ type: 'progress', element: name, text, ...(fraction === undefined ? {} : { fraction }) }),
    post: (key, value) => {
      element.statistics.notes.set(key, valueWithoutSecrets(value));
      post({ type: 'element', element: name, name: key, value });
    },
    dropped: (cause, count = 1) => {
      element.statistics.received += count;
      element.statistics.drop(cause, count);
      post({ type: 'dropped', element: name, cause, count });
    },
    finished: (count = 1) => {
      element.statistics.handled += count;
    },
    discarded: (cause, count = 1) => {
      // Of whoever holds nothing back they count as handled, or will.
      if (element.definition.holdsBack !== true) element.statistics.handled -= count;
      element.statistics.drop(cause, count);
      element.losses.dropped(cause, count);
    },
  };
}

function watchedPush({ hookTime: { away } }: Element, src: SrcPad, buffer: StreamBuffer): Flow {
  away.leave();
  let flow: Flow = 'error';
  try {
    flow = src.push(buffer);
    return flow;
  } finally {
    if (flow instanceof Promise) void flow.then(away.comeBack, away.comeBack);
    else away.comeBack();
  }
}

function isOptional({ definition }: Element, pad: string): boolean {
  return Object.entries(definition.pads).some(
    ([template, { direction, presence }]) =>
      direction === 'src' && presence !== 'always' && new RegExp(`^${template.replace('%u', '\\d+')}$`).test(pad),
  );
}
