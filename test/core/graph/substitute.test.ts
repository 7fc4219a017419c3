import assert from 'node:assert/strict';
import type { Issue } from '../../../src/core/errors.ts';
import type { ParamValue } from '../../../src/core/graph/graph-params.ts';
import { substitute } from '../../../src/core/graph/substitute.ts';

function run(value: unknown, params: Record<string, ParamValue | undefined> = {}, env: Record<string, string> = {}) {
  const issues: Issue[] = [];
  return { value: substitute(value, '', { params: new Map(Object.entries(params)), env, folder: 'test' }, issues), issues };
}

describe('substitution', () => {
  it('gives a string that is only a reference the type of the param', () => {
    const { value, issues } = run({ a: '${n}', b: ['${flag}', '${text}'] }, { n: 3, flag: false, text: 'x' });
    assert.deepEqual(value, { a: 3, b: [false, 'x'] });
    assert.deepEqual(issues, []);
  });

  it('puts values into longer strings as text', () => {
    assert.equal(run('out/${name}-${n}.mp4', { name: 'a', n: 3 }).value, 'out/a-3.mp4');
  });

  it('takes values from the environment', () => {
    assert.equal(run('${env:HOME}/x', {}, { HOME: '/home/me' }).value, '/home/me/x');
  });

  it('writes $${ as ${', () => {
    assert.equal(run('a $${b} ${n}', { n: 1 }).value, 'a ${b} 1');
  });

  it('does not look at names of members', () => {
    assert.deepEqual(run({ '${n}': 1 }, { n: 3 }).value, { '${n}': 1 });
  });

  it('does not substitute in what it has put in', () => {
    assert.equal(run('${a}', { a: '${b}', b: 'no' }).value, '${b}');
  });

  it('names every reference that has no value, and suggests the nearest', () => {
    const { value, issues } = run({ a: { b: 'x ${widht}' }, c: '${env:NOT_SET}', d: '${open' }, { width: 3 });
    assert.deepEqual(value, { a: { b: 'x ${widht}' }, c: '${env:NOT_SET}', d: '${open' });
    assert.deepEqual(
      issues.map(({ code, path, hint }) => [code, path, hint]),
      [
        ['graph/unknown-param', '/a/b', 'did you mean ${width}?'],
        ['graph/missing-env', '/c', 'set it, or use a param with a default instead'],
        ['graph/bad-reference', '/d', 'close it with }, or write $${ for the two characters themselves'],
      ],
    );
  });

  it('says nothing of a param whose missing value was complained of already', () => {
    const { value, issues } = run('${input}', { input: undefined });
    assert.equal(value, '${input}');
    assert.deepEqual(issues, []);
  });
});
