import type { AnyElementDefinition } from '../element/define-element.ts';

/** The elements that graphs may name. */
export class Registry {
  private readonly definitions = new Map<string, { definition: AnyElementDefinition; origin: string; module: string | undefined }>();

  /**
   * Adds elements.
   *
   * @param origin Where they come from, for messages: a package or a file.
   * @param module The address of the module that exports them, singly or in a list: what a worker thread has to import to have
   *   them too.
   * @throws RangeError when another origin has the name already.
   */
  add(definitions: Iterable<AnyElementDefinition>, origin: string, module?: string): this {
    for (const definition of definitions) {
      const known = this.definitions.get(definition.name);
      if (known !== undefined && known.definition !== definition) {
        throw new RangeError(`Cannot add the element ${definition.name} of ${origin}: ${known.origin} has one of this name`);
      }
      this.definitions.set(definition.name, { definition, origin, module: module ?? known?.module });
    }
    return this;
  }

  get(name: string): AnyElementDefinition | undefined {
    return this.definitions.get(name)?.definition;
  }

  originOf(name: string): string | undefined {
    return this.definitions.get(name)?.origin;
  }

  /** The address of the module that exports an element, where that is known. */
  moduleOf(name: string): string | undefined {
    return this.definitions.get(name)?.module;
  }

  get names(): readonly string[] {
    return [...this.definitions.keys()].sort();
  }

  /** All definitions, by name. */
  *[Symbol.iterator](): Iterator<AnyElementDefinition> {
    for (const name of this.names) yield this.definitions.get(name)!.definition;
  }
}
