import assert from 'node:assert/strict';
import { Ajv } from 'ajv';
import type { AnyElementDefinition } from '../../../src/core/element/define-element.ts';
import { graphSchema } from '../../../src/core/graph/graph-schema.ts';
import { Registry } from '../../../src/core/graph/registry.ts';
import { isSoundGraph } from '../../../src/core/graph/sound-graph.ts';
import { builtinElements } from '../../../src/elements/builtin-elements.ts';
import { testRegistry } from '../test-elements.ts';

// biome-ignore lint/suspicious/noTemplateCurlyInString: a reference as graphs have them
const VALUES: readonly unknown[] = [null, -1, 0, 1.5, Number.NaN, true, '', 'x', '${a}', [], ['x'], {}];
const MEMBERS = [
  ...['type', 'queue', 'batch', 'inFlight', 'sync', 'onError', 'quarantine', 'timeoutMs', 'restart', 'onNonMonotonic', 'thread'],
  ...['description', 'unknown', '__proto__'],
];
const TOP = [
  ...['$schema', 'version', 'description', 'params', 'plugins', 'include', 'elements', 'links', 'clock', 'overload', 'sinkPads'],
  ...['srcPads', 'unknown', '__proto__'],
];

/** Like a parsed file: a member named `__proto__` is one like any other. */
const withMember = (object: object, name: string, value: unknown): unknown =>
  Object.defineProperty({ ...object }, name, { value, enumerable: true, configurable: true, writable: true });

function* variantsOf({ name, props }: AnyElementDefinition): Iterable<unknown> {
  const element = (more: unknown): unknown => ({ elements: { e: { type: name, props: more } } });
  for (const value of VALUES) yield element(value);
  for (const prop of [...Object.keys(props.shape), 'unknown', '__proto__'])
    for (const value of VALUES) yield element(withMember({}, prop, value));
}

/** How many graphs are sound, of which there are none that the schema has anything against. */
function countSound(graphs: Iterable<unknown>, definitions: Iterable<AnyElementDefinition>): number {
  const registry = new Registry().add(definitions, 'test');
  const accepts = new Ajv({ strict: false, validateFormats: false }).compile(graphSchema(registry));
  let sound = 0;
  for (const graph of graphs) {
    if (!isSoundGraph(graph, registry)) continue;
    sound++;
    assert.ok(accepts(graph), JSON.stringify(graph));
  }
  return sound;
}

describe('a sound graph', () => {
  it('is one that fits the schema, whatever its members are', () => {
    const elements = { c: { type: 'camera', props: { path: 'a' } } };
    const graphs = [...TOP, 'nothing'].flatMap((name) => VALUES.map((value) => withMember({ elements }, name, value)));
    for (const name of ['a/b', '1', 'ä', '__proto__', 'constructor', 'fine'])
      graphs.push({ elements: withMember({}, name, elements.c) }, { elements, include: withMember({}, name, { file: 'x' }) });
    for (const name of MEMBERS) for (const value of VALUES) graphs.push({ elements: { c: withMember(elements.c, name, value) } });
    const sound = countSound(graphs, testRegistry());
    assert.ok(sound > 30 && sound < graphs.length / 2, `${sound} of ${graphs.length}`);
  });

  it('is one that fits the schema, whatever the properties of its elements are', () => {
    const graphs = builtinElements.flatMap((definition) => [...variantsOf(definition)]);
    const sound = countSound(graphs, builtinElements);
    assert.ok(sound > 200 && sound < graphs.length / 2, `${sound} of ${graphs.length}`);
  });

  it('has elements of known types only', () => {
    assert.equal(isSoundGraph({ elements: { c: { type: 'camera', props: { path: 'a' } } } }, testRegistry()), true);
    assert.equal(isSoundGraph({ elements: { c: { type: 'camrea', props: { path: 'a' } } } }, testRegistry()), false);
    assert.equal(isSoundGraph({ elements: {} }, testRegistry()), false);
    assert.equal(isSoundGraph(undefined, testRegistry()), false);
  });
});
