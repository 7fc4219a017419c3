import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { graphSchema } from '../../../src/core/graph/graph-schema.ts';
import { testRegistry } from '../test-elements.ts';

const compile = (options = {}) => new Ajv({ strict: false }).compile(graphSchema(testRegistry(), options));

describe('graph schema', () => {
  it('is itself a valid schema', () => {
    assert.equal(new Ajv({ strict: false }).validateSchema(graphSchema(testRegistry())), true);
  });

  it('takes a reference wherever a value may stand', () => {
    const check = compile();
    const graph = (width: unknown): unknown => ({
      elements: { s: { type: 'scale', props: { width, limits: { low: '${low}' } }, queue: { maxBuffers: '${n}' } } },
    });
    assert.equal(check(graph('${width}')), true);
    assert.equal(check(graph('wide')), false);
  });

  it('refuses elements that it does not know, unless a plugin may bring them', () => {
    const foreign = { elements: { a: { type: 'foreign', props: { x: 1 } } } };
    assert.equal(compile()(foreign), false);
    assert.equal(compile({ pluginsMayAdd: true })(foreign), false);
    assert.equal(compile({ pluginsMayAdd: true })({ plugins: ['./foreign.js'], ...foreign }), true);
  });

  it('describes types and properties, for editors', () => {
    const text = JSON.stringify(graphSchema(testRegistry()));
    assert.match(text, /"enumDescriptions":\["Sees\."/);
    assert.match(text, /Where it is\./);
    assert.match(text, /"default":320/);
  });

  it('takes every graph that comes with Leat', async () => {
    const schema = JSON.parse(readFileSync(new URL('../../../schemas/graph.schema.json', import.meta.url), 'utf8'));
    const check = new Ajv({ strict: false, allErrors: true }).compile(schema);
    const smoke = JSON.parse(readFileSync(new URL('../../../graphs/smoke.json', import.meta.url), 'utf8'));
    assert.equal(check(smoke), true, JSON.stringify(check.errors));
  });
});
