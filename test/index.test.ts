import assert from 'node:assert/strict';
import * as leat from '../src/index.ts';

describe('public surface', () => {
  it('has every element that comes with Leat, under its name', () => {
    for (const definition of leat.builtinElements) {
      const name = definition.name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
      assert.equal((leat as Record<string, unknown>)[name], definition, `export { ${name} } is missing in src/index.ts`);
    }
  });

  it('has an example for every element that names it', () => {
    for (const { name, example } of leat.builtinElements) assert.ok(example.includes(name), `${name}: ${example}`);
  });
});
