import type { AnyElementDefinition } from './define-element.ts';

/** The elements that graphs may name. */
export class Registry {
  private readonly definitions = new Map<string, { definition: AnyElementDefinition; origin: string }>();

  /**
   * Adds elements.
   *
   * @param origin Where they come from, for messages: a package or a file.
   * @throws RangeError when another origin has the name already.
   */
  add(definitions: Iterable<AnyElementDefinition>, origin: string): this {
    for (const definition of definitions) {
      const known = this.definitions.get(definition.name);
      if (known !== undefined && known.definition !== definition) {
        throw new RangeError(`Cannot add the element ${definition.name} of ${origin}: ${known.origin} has one of this name`);
      }
      this.definitions.set(definition.name, { definition, origin });
    }
    return this;
  }

  get(name: string): AnyElementDefinition | undefined {
    return this.definitions.get(name)?.definition;
  }

  originOf(name: string): string | undefined {
    return this.definitions.get(name)?.origin;
  }

  get names(): readonly string[] {
    return [...this.definitions.keys()].sort();
  }

  /** All definitions, by name. */
  *[Symbol.iterator](): Iterator<AnyElementDefinition> {
    for (const name of this.names) yield this.definitions.get(name)!.definition;
  }
}
