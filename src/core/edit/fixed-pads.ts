// What an edit cannot do with pads of elements that are in a thread and stay. Their hooks are made there for the pads that they have
// there, and what comes in by one of them cannot be told from what would come by it from somebody else: both stay as they are. What goes
// out of the thread, though, arrives in the pipeline's own, where it can be led to somebody else.
import type { Element } from '../element/element.ts';
import type { SinkPad, SrcPad } from '../element/pad.ts';
import type { Issue } from '../errors.ts';
import type { PadLink } from '../pipeline/link-elements.ts';

interface Edited {
  readonly added: ReadonlyMap<string, Element>;
  readonly removed: ReadonlySet<Element>;
  /** Where the edit says that a link is taken apart. */
  pathOf(link: PadLink): string;
}

/** @returns One issue for each place in the edit. */
export function fixedPadIssues(severed: readonly PadLink[], made: readonly PadLink[], { added, removed, pathOf }: Edited): Issue[] {
  const loose = new Set(severed.filter(leavesThread).map(({ src }) => src));
  const led = new Set<SinkPad | SrcPad>(made.filter((link) => loose.has(link.src) && leavesThread(link)).map(({ src }) => src));
  const issues = new Map<string, Issue>();
  const complain = (pad: SinkPad | SrcPad, path: string, what: string): void => {
    const { name, description } = pad.element;
    if (description.thread === undefined || removed.has(pad.element) || added.has(name) || led.has(pad) || issues.has(path)) return;
    const message = `Cannot ${what}: ${name} is in the thread ${description.thread}, and goes on with the pads that it has there`;
    const hint =
      pad.template.direction === 'src'
        ? `lead what leaves the thread by ${pad.path} to somebody else in the same edit, or put a tee without thread behind ${name}`
        : `put a funnel without thread before ${name}, or remove ${name} too and add it anew`;
    issues.set(path, { code: 'edit/in-thread', path, message, hint });
  };
  for (const link of severed) {
    const { src, sink } = link;
    for (const [pad, other] of [[src, sink] as const, [sink, src] as const]) {
      const what = removed.has(other.element)
        ? `${other.element.name} away from ${pad.element.name}`
        : `${src.path} and ${sink.path} apart`;
      complain(pad, pathOf(link), `take ${what}`);
    }
  }
  for (const { src, sink } of made) for (const pad of [src, sink]) complain(pad, '/add/links', `link ${src.path} to ${sink.path}`);
  return [...issues.values()];
}

/** Whether a link leads out of a thread. */
function leavesThread({ src, sink }: PadLink): boolean {
  const { thread } = src.element.description;
  return thread !== undefined && thread !== sink.element.description.thread;
}
