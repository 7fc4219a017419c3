import assert from 'node:assert/strict';
import { exportedDefinitions } from '../../src/core/graph/load-plugins.ts';
import { builtinElements, builtinModules } from '../../src/elements/builtin-elements.ts';

describe('the elements that come with Leat', () => {
  it('are each alone in the module that a worker thread imports for it', async () => {
    for (const [{ name }, module] of builtinModules) {
      const found = exportedDefinitions((await import(module)) as Record<string, unknown>);
      assert.deepEqual(
        found.map((definition) => definition.name),
        [name],
      );
    }
    assert.deepEqual([...builtinModules.keys()], builtinElements);
  });
});
