// Whether the form of a graph is right, said fast. Most graphs that are run are: for them nothing else has to be loaded, and no
// schema made and compiled. What this does not call sound is for the validator, which says what is wrong and where.
import { graphDescription, NAME_PATTERN } from './graph-description.ts';
import type { Registry } from './registry.ts';

/** Whether the validator would find nothing wrong with the form of a graph; false where that is not certain. */
export function isSoundGraph(value: unknown, registry: Registry): boolean {
  const parsed = graphDescription.safeParse(value);
  if (!parsed.success) return false;
  const { elements, include } = parsed.data;
  const names = Object.keys(elements);
  if (names.length === 0 || ![...names, ...Object.keys(include)].every((name) => NAME_PATTERN.test(name))) return false;
  // Declarations pass over members of this name instead of looking at them.
  if (JSON.stringify(value).includes('"__proto__"')) return false;
  return Object.values(elements).every(({ type, props }) => registry.get(type)?.props.safeParse(props).success === true);
}
