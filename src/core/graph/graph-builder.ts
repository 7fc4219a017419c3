// Graphs built in TypeScript, with the compiler checking what a graph file is checked for when it is opened: element properties,
// names of pads, and whether what leaves one pad may enter another.
import type { z } from 'zod';
import type { AnyElementDefinition } from '../element/define-element.ts';
import type { Direction, PadTemplate, PadTemplates, SinkNames, SrcNames } from '../element/pad-template.ts';
import { GraphError } from '../errors.ts';
import { checkGraph } from './check-graph.ts';
import type { ElementDescription, GraphInput } from './graph-description.ts';
import { type OpenedGraph, openGraph } from './open-graph.ts';
import { Registry } from './registry.ts';

/** A definition whose types are known: what `defineElement` returns. */
export interface TypedDefinition<Shape extends z.ZodObject = z.ZodObject, Pads extends PadTemplates = PadTemplates> {
  readonly name: string;
  readonly props: Shape;
  readonly pads: Pads;
}

/** What a graph may say of an element beside its properties. */
export type ElementSettings = Omit<ElementDescription, 'type' | 'props'> & { readonly name?: string };

/** One pad of an element of a graph that is being built. */
export interface PadHandle<Template extends PadTemplate = PadTemplate, Owner extends PadTemplates = PadTemplates> {
  readonly element: string;
  readonly pad: string;
  readonly template: Template;
  /** Never set: carries the pads of the element it belongs to. */
  readonly owner?: Owner;
}

/** An element of a graph that is being built. */
export interface ElementHandle<Pads extends PadTemplates = PadTemplates> {
  readonly name: string;
  /** Its pads by name; a request pad's template makes a new pad each time it is linked. */
  readonly pads: { readonly [Name in keyof Pads & string]: PadHandle<Pads[Name], Pads> };
  /** Links its only src pad to a pad, or to the only sink pad of another element; returns that element. */
  to<Next extends AnyElementHandle | PadHandle>(next: Next & Fits<OnlySrc<Pads>, SinkOf<Next>>): ElementHandle<PadsOf<Next>>;
}

// biome-ignore lint/suspicious/noExplicitAny: a handle of any element, whatever its pads
type AnyElementHandle = ElementHandle<any>;

type PadsOf<Next> = Next extends ElementHandle<infer Pads> ? Pads : Next extends PadHandle<PadTemplate, infer Owner> ? Owner : never;

type IsUnion<T, Whole = T> = T extends unknown ? ([Whole] extends [T] ? false : true) : never;

/** The template of the only pad of that direction; otherwise a message. */
type Only<Pads extends PadTemplates, Names extends string, Direction extends string> = [Names] extends [never]
  ? Mismatch<`it has no ${Direction} pad`>
  : IsUnion<Names> extends true
    ? Mismatch<`it has several ${Direction} pads, name one of them: ${Names}`>
    : Pads[Names];
type OnlySrc<Pads extends PadTemplates> = Only<Pads, SrcNames<Pads>, 'src'>;
type SinkOf<Next> =
  Next extends PadHandle<infer Template> ? Template : Next extends ElementHandle<infer Pads> ? Only<Pads, SinkNames<Pads>, 'sink'> : never;

/** Never a value: carries a message into the compiler's error. */
export interface Mismatch<Message extends string> {
  readonly 'cannot be linked': Message;
}

type MediaOf<Template> = Template extends PadTemplate<'sink' | 'src', infer Media> ? Media['name'] : never;

/** Nothing when what leaves one pad may enter the other; otherwise a type that no value has. */
type Fits<Src, Sink> =
  Src extends Mismatch<string>
    ? Src
    : Sink extends Mismatch<string>
      ? Sink
      : Src extends PadTemplate<'src'>
        ? Sink extends PadTemplate<'sink'>
          ? [MediaOf<Src> & MediaOf<Sink>] extends [never]
            ? Mismatch<`${MediaOf<Src>} does not fit ${MediaOf<Sink>}`>
            : unknown
          : Mismatch<'what comes second must be a sink pad'>
        : Mismatch<'what comes first must be a src pad'>;

/** The properties as they are written; without the index signature that a definition of any element would have. */
type PropsOf<Shape extends z.ZodObject> = { [Name in keyof z.input<Shape> as string extends Name ? never : Name]: z.input<Shape>[Name] };

type PropsArguments<Shape extends z.ZodObject> =
  {} extends PropsOf<Shape> ? [props?: PropsOf<Shape>, settings?: ElementSettings] : [props: PropsOf<Shape>, settings?: ElementSettings];

/** Begins a graph. */
export function graph(description?: string): GraphBuilder {
  return new GraphBuilder(description);
}

export class GraphBuilder {
  private readonly text: string | undefined;
  private readonly elements: Record<string, ElementDescription> = {};
  private readonly links: string[] = [];
  private readonly definitions = new Set<AnyElementDefinition>();
  private readonly requested = new Map<string, number>();

  constructor(description?: string) {
    this.text = description;
  }

  /** The graph as a graph file would say it. */
  get description(): GraphInput {
    const { elements, links, text } = this;
    return { ...(text === undefined ? {} : { description: text }), elements: { ...elements }, links: [...links] };
  }

  /**
   * Adds an element. Without a name in its settings it is named after its type.
   *
   * @throws RangeError when the name is taken.
   */
  add<Shape extends z.ZodObject, const Pads extends PadTemplates>(
    definition: TypedDefinition<Shape, Pads>,
    ...[props, settings]: PropsArguments<Shape>
  ): ElementHandle<Pads> {
    const { name = this.freeName(definition.name), ...rest } = settings ?? {};
    if (Object.hasOwn(this.elements, name)) throw new RangeError(`Cannot add ${definition.name}: the graph has an element named ${name}`);
    this.elements[name] = { type: definition.name, ...(props === undefined ? {} : { props }), ...rest };
    this.definitions.add(definition as unknown as AnyElementDefinition);
    const pads = Object.fromEntries(Object.entries(definition.pads).map(([pad, template]) => [pad, { element: name, pad, template }]));
    const handle: ElementHandle = {
      name,
      pads,
      to: ((next: AnyElementHandle | PadHandle) => {
        this.connect(handle, next);
        return 'pads' in next ? next : this.handleOf(next.element);
      }) as never,
    };
    this.handles.set(name, handle);
    return handle as unknown as ElementHandle<Pads>;
  }

  /** Links two pads. */
  link<Src extends PadTemplate, Sink extends PadTemplate>(src: PadHandle<Src>, sink: PadHandle<Sink> & Fits<Src, Sink>): this {
    this.connect(src, sink);
    return this;
  }

  /**
   * Checks the graph; what comes back becomes a pipeline with `createPipeline`.
   *
   * @param folder What relative paths of inputs are relative to. Default: the current folder.
   * @throws GraphError with everything that is wrong.
   */
  async open({ folder }: { folder?: string } = {}): Promise<OpenedGraph> {
    const registry = new Registry().add(this.definitions, 'the graph');
    const { graph: opened, issues } = await openGraph({ description: this.description, folder }, { registry });
    if (opened !== undefined) issues.push(...(await checkGraph(opened)));
    if (issues.length > 0 || opened === undefined) throw new GraphError(issues);
    return opened;
  }

  private readonly handles = new Map<string, ElementHandle>();

  private handleOf(name: string): ElementHandle {
    return this.handles.get(name)!;
  }

  private connect(src: AnyElementHandle | PadHandle, sink: AnyElementHandle | PadHandle): void {
    this.links.push(`${this.endOf(src, 'src')} ! ${this.endOf(sink, 'sink')}`);
  }

  private endOf(end: AnyElementHandle | PadHandle, direction: Direction): string {
    if (!('pad' in end)) {
      const pads = (Object.values(end.pads) as PadHandle[]).filter(({ template }) => template.direction === direction);
      return pads[0]?.template.presence === 'request' ? this.endOf(pads[0], direction) : end.name;
    }
    if (end.template.presence !== 'request') return `${end.element}.${end.pad}`;
    const key = `${end.element}.${end.pad}`;
    const count = this.requested.get(key) ?? 0;
    this.requested.set(key, count + 1);
    return `${end.element}.${end.pad.replace('%u', String(count))}`;
  }

  private freeName(type: string): string {
    for (let count = 1; ; count++) {
      const name = count === 1 ? type : `${type}${count}`;
      if (!Object.hasOwn(this.elements, name)) return name;
    }
  }
}
