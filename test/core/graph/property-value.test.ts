import assert from 'node:assert/strict';
import { z } from 'zod';
import { schemaOf } from '../../../src/core/graph/graph-schema.ts';
import { readPropertyValue, walkSchema } from '../../../src/core/graph/property-value.ts';

describe('property value', () => {
  const cases: readonly (readonly [string, z.ZodType, string, unknown])[] = [
    ['a number where a number may be', z.number(), '0.5', 0.5],
    ['text where a text may be, even if it looks like a number', z.string(), '0123', '0123'],
    ['true or false', z.boolean(), 'True', true],
    ['one of several names', z.enum(['block', 'dropOldest']), 'block', 'block'],
    ['null', z.number().nullable(), 'null', null],
    ['null as text where only text may be', z.string(), 'null', 'null'],
    ['a list with commas', z.array(z.string()), 'tensorrt, cuda,cpu', ['tensorrt', 'cuda', 'cpu']],
    ['a list of numbers', z.array(z.number()), '1,2.5', [1, 2.5]],
    ['a list as JSON', z.array(z.number()), '[1, 2]', [1, 2]],
    ['an empty list', z.array(z.string()), '', []],
    ['a tuple', z.tuple([z.int(), z.int()]), '3,4', [3, 4]],
    ['an object as JSON', z.record(z.string(), z.string()), '{"a":"b"}', { a: 'b' }],
    ['a number rather than text where both may be', z.union([z.string(), z.number()]), '7', 7],
    ['a list of texts or objects', z.array(z.union([z.string(), z.strictObject({ name: z.string() })])), 'cuda,cpu', ['cuda', 'cpu']],
    ['what does not fit as it is', z.int(), 'wide', 'wide'],
  ];
  for (const [name, type, text, expected] of cases) {
    it(`reads ${name}`, () => {
      assert.deepEqual(readPropertyValue(text, schemaOf(z.object({ p: type }))['properties']!['p' as never]), expected);
    });
  }

  it('follows dotted paths into objects', () => {
    const schema = schemaOf(z.object({ queue: z.object({ maxBuffers: z.int() }), config: z.record(z.string(), z.string()) }));
    assert.deepEqual(walkSchema(schema, 'queue.maxBuffers').names, ['queue', 'maxBuffers']);
    assert.equal(walkSchema(schema, 'queue.maxBuffers').end?.['type'], 'integer');
    assert.deepEqual(
      walkSchema(schema, 'config.session.use_device').names,
      ['config', 'session.use_device'],
      'names with dots in free objects',
    );
    assert.equal(walkSchema(schema, 'nothing').end, undefined);
  });
});
