// Works out what an edit does, and everything that speaks against it, without touching the graph that runs: links are made and
// taken apart for a moment, looked at, and put back, before anybody can notice.
import type { Element } from '../element/element.ts';
import type { SinkPad, SrcPad } from '../element/pad.ts';
import { hasRequestPads } from '../element/pad-template.ts';
import { GraphError, type Issue } from '../errors.ts';
import { childPointer } from '../graph/json-pointer.ts';
import { type Link, parseLinks } from '../graph/link-chain.ts';
import { nearestName } from '../graph/nearest-name.ts';
import { zodIssues } from '../graph/zod-issues.ts';
import { joinPads, linkElements, type PadLink, partPads } from '../pipeline/link-elements.ts';
import { makeEach } from '../pipeline/make-elements.ts';
import { sortElements } from '../pipeline/topology.ts';
import type { EditedGraph } from './edited-graph.ts';
import { fixedPadIssues } from './fixed-pads.ts';
import { type CheckedEdit, type GraphEdit, graphEdit } from './graph-edit.ts';

export interface EditPlan {
  readonly drain: boolean;
  /** New elements, from sources to sinks. Their pads know their peers already; those of elements that run do not. */
  readonly added: readonly Element[];
  readonly removed: ReadonlySet<Element>;
  readonly links: readonly PadLink[];
  /** Links between elements that stay, which are taken apart. */
  readonly cuts: readonly PadLink[];
  readonly changes: readonly (readonly [Element, Readonly<Record<string, unknown>>])[];
}

/** @throws GraphError with everything that is wrong. */
export async function planEdit(edit: GraphEdit, graph: EditedGraph): Promise<EditPlan> {
  if (Object.hasOwn(Object(Object(edit).add), 'include')) throw new GraphError([includeIssue()]);
  const parsed = graphEdit.safeParse(edit);
  if (!parsed.success) throw new GraphError(zodIssues(parsed.error, '', Object.keys(graphEdit.shape)));
  const planner = new EditPlanner(parsed.data, edit, graph);
  const plan = planner.plan();
  for (const element of plan.added) for (const issue of await graph.check(element)) planner.issues.push(inAddition(issue));
  if (planner.issues.length > 0) throw new GraphError(planner.issues);
  return plan;
}

/** Parts are put in where a graph file is opened, with their own paths and parameters; an edit has no file. */
function includeIssue(): Issue {
  const message = 'An edit cannot include other graphs: they are put in when a graph is opened';
  const hint = 'write the elements and links of the part into elements and links of add';
  return { code: 'graph/not-opened', path: '/add/include', message, hint };
}

/** An issue about what is added, told of the edit. */
export function inAddition(issue: Issue): Issue {
  return { ...issue, path: `/add${issue.path}` };
}

class EditPlanner {
  readonly issues: Issue[] = [];
  private readonly edit: CheckedEdit;
  private readonly written: GraphEdit;
  private readonly graph: EditedGraph;
  private readonly removed = new Set<Element>();
  /** Where links are named that are taken apart. */
  private readonly paths = new Map<PadLink, string>();

  constructor(edit: CheckedEdit, written: GraphEdit, graph: EditedGraph) {
    this.edit = edit;
    this.written = written;
    this.graph = graph;
  }

  plan(): EditPlan {
    const { edit, issues, removed } = this;
    const { elements: running } = this.graph;
    const added = this.makeElements();
    this.findRemoved();
    const cuts = edit.unlink.flatMap((text, index) => this.findLinks(text, index));
    const changes = this.findChanges();
    const { links, issues: unreadable } = parseLinks(edit.add?.links ?? []);
    issues.push(...unreadable.map(inAddition));
    const staying = new Map([...running].filter(([, element]) => !removed.has(element)));
    for (const [name, element] of added) staying.set(name, element);
    const severed = [...cuts, ...this.linksAcross()];
    const before = new Map(
      [...running.values()].map((element) => [element, new Set([...element.sinkPads.keys(), ...element.srcPads.keys()])]),
    );
    for (const link of severed) partPads(link);
    // With elements missing, complaints about links would only follow from that.
    const isWhole = added.size === Object.keys(edit.add?.elements ?? {}).length;
    const { made, issues: unlinkable } = isWhole ? linkElements(staying, links) : { made: [], issues: [] };
    issues.push(...unlinkable.filter(({ code, path }) => code !== 'graph/unlinked-pad' || isAbout(path, added)).map(inAddition));
    issues.push(...fixedPadIssues(severed, made, { added, removed, pathOf: (link) => this.paths.get(link) ?? '/remove' }));
    this.checkLeftOpen(severed, links);
    this.checkLinks(made);
    const { sorted, issues: cycles } = sortElements(staying.values());
    issues.push(...cycles.map(inAddition));
    for (const link of made) partPads(link);
    for (const { src, sink } of made) {
      for (const pad of [src, sink]) if (before.get(pad.element)?.has(pad.name) === false) pad.element.padChanges.withdraw(pad);
    }
    for (const link of severed) joinPads(link);
    sortElements(running.values());
    // New elements see whom they will meet; those that run see nobody yet.
    const fresh = new Set(added.values());
    for (const { src, sink } of made) {
      if (fresh.has(src.element)) src.peer = sink;
      if (fresh.has(sink.element)) sink.peer = src;
    }
    return { drain: edit.drain, added: sorted.filter((element) => fresh.has(element)), removed, links: made, cuts, changes };
  }

  private makeElements(): Map<string, Element> {
    const { edit, written, graph, issues } = this;
    const descriptions = { ...edit.add?.elements };
    for (const name of Object.keys(descriptions)) {
      if (!graph.elements.has(name)) continue;
      const path = childPointer('/add/elements', name);
      const hint = 'give it another name, or remove that one in an edit before this one';
      issues.push({ code: 'graph/duplicate-name', path, message: `There is an element named ${name} already`, hint });
      delete descriptions[name];
    }
    const made = makeEach(descriptions, written.add?.elements ?? {}, graph.registry, graph.host, graph.threading);
    issues.push(...made.issues.map(inAddition));
    return made.elements;
  }

  private findRemoved(): void {
    const { remove = [] } = this.edit;
    for (const [index, name] of [remove].flat().entries()) {
      const element = this.elementNamed(name, typeof remove === 'string' ? '/remove' : `/remove/${index}`);
      if (element === undefined) continue;
      this.removed.add(element);
    }
  }

  private findChanges(): (readonly [Element, Readonly<Record<string, unknown>>])[] {
    return Object.entries(this.edit.set).flatMap(([name, props]) => {
      const path = childPointer('/set', name);
      const element = this.elementNamed(name, path);
      if (element === undefined) return [];
      const { definition, written, hooks } = element;
      const parsed = definition.props.safeParse({ ...written, ...props });
      if (!parsed.success) this.issues.push(...zodIssues(parsed.error, path, Object.keys(definition.props.shape)));
      if (hooks !== undefined && hooks.update === undefined) {
        const message = `Cannot change ${Object.keys(props).join(' and ')} of ${name} now: a ${definition.name} takes its properties when it is opened`;
        const hint = `remove ${name} and add it anew with them`;
        this.issues.push({ code: 'element/not-changeable', path, message, hint });
      }
      return [[element, props] as const];
    });
  }

  /** The links that a chain in `unlink` means. */
  private findLinks(text: string, index: number): PadLink[] {
    const path = `/unlink/${index}`;
    const { links, issues } = parseLinks([text]);
    this.issues.push(...issues.map((issue) => ({ ...issue, path })));
    return links.flatMap(({ from, to }) => {
      const src = this.elementNamed(from.element, path);
      const sink = this.elementNamed(to.element, path);
      if (src === undefined || sink === undefined) return [];
      const found = linksBetween(src, sink).filter(
        (link) =>
          (from.pad === undefined || link.src.name === from.pad || sink.sinkPads.has(from.pad)) &&
          (to.pad === undefined || link.sink.name === to.pad || sink.srcPads.has(to.pad)),
      );
      if (found.length === 1) {
        this.paths.set(found[0]!, path);
        return found;
      }
      const [message, hint] =
        found.length === 0
          ? [`${from.element} is not linked to ${to.element}`, describePeers(src)]
          : [`${from.element} and ${to.element} have several links`, `name the pads: ${found.map(formatLink).join(' or ')}`];
      this.issues.push({ code: 'edit/not-linked', path, message, hint });
      return [];
    });
  }

  /** Links between what goes and what stays. */
  private linksAcross(): PadLink[] {
    const links: PadLink[] = [];
    for (const element of this.removed) {
      for (const sink of element.sinkPads.values())
        if (sink.peer !== undefined && !this.removed.has(sink.peer.element)) links.push({ src: sink.peer, sink });
      for (const src of element.srcPads.values())
        if (src.peer !== undefined && !this.removed.has(src.peer.element)) links.push({ src, sink: src.peer });
    }
    return links;
  }

  /** What stays has to have something before it and behind it, as it had. */
  private checkLeftOpen(severed: readonly PadLink[], links: readonly Link[]): void {
    const complained = new Set<Element>();
    for (const { src, sink } of severed) {
      for (const [pad, other] of [[src, sink] as const, [sink, src] as const]) {
        const { element } = pad;
        if (this.removed.has(element) || complained.has(element) || !isLeftOpen(pad, this.graph.isHeld)) continue;
        // What was meant for it has been complained of.
        if (links.some(({ from, to }) => from.element === element.name || to.element === element.name) && this.issues.length > 0) continue;
        complained.add(element);
        const what = pad.template.direction === 'sink' ? 'without anything that comes to it' : 'with nobody who takes what it gives';
        const gone = this.removed.has(other.element) ? `Removing ${other.element.name}` : `Taking it apart from ${other.element.name}`;
        const more =
          pad.template.direction === 'sink' && hasRequestPads(element.definition, 'sink')
            ? ', or hold the pipeline open for more to come'
            : '';
        const hint = `remove ${element.name} too, or link something else to ${pad.path}${more}`;
        const path = this.removed.has(other.element) ? '/remove' : '/unlink';
        this.issues.push({ code: 'edit/left-open', path, message: `${gone} would leave ${pad.path} ${what}`, hint });
      }
    }
  }

  private checkLinks(made: readonly PadLink[]): void {
    for (const { src, sink } of made) {
      const over = sink.element.outlet.hasEnded ? sink.element : src.hasEnded || src.element.outlet.hasEnded ? src.element : undefined;
      if (over === undefined) continue;
      const hint = 'hold the pipeline open, and it goes on when its last input has ended';
      const message = `Cannot link ${src.path} to ${sink.path}: the stream of ${over.name} has come to its end`;
      this.issues.push({ code: 'edit/stream-over', path: '/add/links', message, hint });
    }
  }

  private elementNamed(name: string, path: string): Element | undefined {
    const { elements } = this.graph;
    const element = elements.get(name);
    if (element !== undefined) return element;
    const nearest = nearestName(name, elements.keys());
    const hint = nearest === undefined ? `the graph has ${[...elements.keys()].join(', ')}` : `did you mean ${nearest}?`;
    this.issues.push({ code: 'graph/unknown-element', path, message: `There is no element named ${name}`, hint });
    return undefined;
  }
}

/** Whether a pad, or all those of its kind, have nobody now who have to have somebody. */
function isLeftOpen({ peer, template, element }: SinkPad | SrcPad, isHeld: boolean): boolean {
  if (peer !== undefined || template.feedback === true) return false;
  if (template.presence === 'always') return !template.optional;
  const pads = template.direction === 'sink' ? element.sinkPads : element.srcPads;
  for (const pad of pads.values()) if (pad.peer !== undefined && pad.template.feedback !== true) return false;
  return template.direction === 'src' || !isHeld;
}

function linksBetween(from: Element, to: Element): PadLink[] {
  return [...from.srcPads.values()].flatMap((src) => (src.peer?.element === to ? [{ src, sink: src.peer }] : []));
}

function describePeers(element: Element): string {
  const links = [...element.srcPads.values()].flatMap((src) => (src.peer === undefined ? [] : [formatLink({ src, sink: src.peer })]));
  return links.length === 0 ? `nothing is linked behind ${element.name}` : `there are ${links.join(', ')}`;
}

function formatLink({ src, sink }: PadLink): string {
  return `${src.path} ! ${sink.path}`;
}

/** Whether an issue is about one of some elements. */
function isAbout(path: string, elements: ReadonlyMap<string, Element>): boolean {
  return [...elements.keys()].some((name) => path === childPointer('/elements', name));
}
