// Who keeps buffers beyond the hooks that they came to. Each hook is given a buffer of its own, so that what still lives of those
// once the hook has come back, and has not been sent on, is kept by its element and by nobody else.
import type { AnyElementDefinition, AnyHooks } from '../../src/core/element/define-element.ts';
import type { Element } from '../../src/core/element/element.ts';
import type { ElementContext } from '../../src/core/element/element-context.ts';
import { StreamBuffer } from '../../src/core/stream/buffer.ts';

export class KeptBuffers {
  /** Elements that keep more than they say is in flight. */
  readonly uncounted = new Set<string>();
  private elements: ReadonlyMap<string, Element> = new Map();
  private readonly came = new Map<string, Set<StreamBuffer>>();

  /** Looks after these from now on, each time that a hook is called and has come back. */
  follow(elements: ReadonlyMap<string, Element>): void {
    this.elements = elements;
  }

  /** The same element, watched. */
  watched(definition: AnyElementDefinition): AnyElementDefinition {
    const { open } = definition;
    return {
      ...definition,
      ...(open === undefined ? {} : { open: (query) => open({ ...query, context: this.watch(query.context) } as never) }),
      create: async (query) => {
        const context = this.watch(query.context);
        return this.hooks(context.name, (await definition.create({ ...query, context } as never)) as AnyHooks);
      },
    };
  }

  private watch(context: ElementContext): ElementContext {
    return {
      ...context,
      push: (pad, buffer) => {
        this.left(context.name, buffer);
        return context.push(pad, buffer);
      },
    };
  }

  private look(): void {
    for (const [name, came] of this.came) {
      for (const buffer of came) if (isReleased(buffer)) came.delete(buffer);
      const element = this.elements.get(name);
      // Who says that it holds back may also keep what has been part of something, for what is yet to come.
      if (element === undefined || element.definition.holdsBack === true) continue;
      if (came.size > element.statistics.inFlight) this.uncounted.add(name);
    }
  }

  private left(name: string, made: unknown): void {
    if (made instanceof StreamBuffer) this.came.get(name)?.delete(made);
    else if (Array.isArray(made)) for (const one of made) this.left(name, one);
  }

  private own(name: string, buffer: StreamBuffer): StreamBuffer {
    const own = buffer.derive({});
    const came = this.came.get(name) ?? new Set();
    this.came.set(name, came.add(own));
    return own;
  }

  private hooks(name: string, hooks: AnyHooks): AnyHooks {
    const { transform, transformBatch, render, chain } = hooks;
    /** Calls a hook on buffers of its own, and lets go of those that it does not hand on. */
    const given = <T>(buffers: readonly StreamBuffer[], hook: (own: StreamBuffer[]) => T): T => {
      const own = buffers.map((buffer) => this.own(name, buffer));
      this.look();
      const back = (made: unknown): void => {
        for (const one of own) if (made !== one && !(Array.isArray(made) && made.flat().includes(one))) one.release();
        this.left(name, made);
        this.look();
      };
      let made: T;
      try {
        made = hook(own);
      } catch (error) {
        back(undefined);
        throw error;
      }
      if (!(made instanceof Promise)) {
        back(made);
        return made;
      }
      return made.then(
        (value: unknown) => {
          back(value);
          return value;
        },
        (error: unknown) => {
          back(undefined);
          throw error;
        },
      ) as T;
    };
    return {
      ...hooks,
      ...(transform === undefined ? {} : { transform: (buffer, slab) => given([buffer], ([own]) => transform.call(hooks, own!, slab)) }),
      ...(transformBatch === undefined
        ? {}
        : { transformBatch: (buffers, slots) => given(buffers, (own) => transformBatch.call(hooks, own, slots)) }),
      ...(render === undefined ? {} : { render: (buffer) => given([buffer], ([own]) => render.call(hooks, own!)) }),
      ...(chain === undefined
        ? {}
        : {
            chain: Object.fromEntries(
              Object.entries(chain).map(([pad, hook]) => [
                pad,
                (buffer: StreamBuffer, name: string) => given([buffer], ([own]) => hook(own!, name)),
              ]),
            ),
          }),
    };
  }
}

function isReleased(buffer: StreamBuffer): boolean {
  try {
    buffer.retain().release();
    return false;
  } catch {
    return true;
  }
}
