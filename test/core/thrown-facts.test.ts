import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { ElementError } from '../../src/core/errors.ts';
import { checkGraph } from '../../src/core/graph/check-graph.ts';
import { loadPlugins } from '../../src/core/graph/load-plugins.ts';
import { openGraph } from '../../src/core/graph/open-graph.ts';
import { Registry } from '../../src/core/graph/registry.ts';
import { packError, unpackError } from '../../src/core/thread/wire-error.ts';
import { thrownFacts } from '../../src/core/thrown-facts.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { THROWN } from '../support/thrown.ts';
import { notingSink, SOURCE_PADS, tinyElement } from '../support/tiny-element.ts';

describe('what was thrown', () => {
  const at = temporaryFolder();
  for (const [what, thrown, message, code] of THROWN) {
    it(`is told where it is ${what}, by an element and from another thread`, () => {
      assert.equal(thrownFacts(thrown).message, message);
      const error = ElementError.from('it', thrown);
      assert.deepEqual([error.message, error.code, error.element], [`it: ${message}`, code ?? 'element/failed', 'it']);
      const arrived = unpackError(structuredClone(packError(thrown)));
      assert.deepEqual([arrived.message, (arrived as { code?: string }).code], [message, code]);
    });
  }

  it('is told where an element cannot be checked, or a plugin cannot be loaded', async () => {
    for (const [index, [what, thrown, message]] of THROWN.entries()) {
      const odd = tinyElement('odd', {
        pads: SOURCE_PADS,
        check: () => {
          throw thrown;
        },
        create: () => ({ produce: () => undefined }),
      });
      const registry = new Registry().add([odd, notingSink('sink', [])], 'test');
      const description = { elements: { odd: { type: 'odd' }, sink: { type: 'sink' } }, links: ['odd ! sink'] };
      const { graph } = await openGraph({ description }, { registry });
      assert.deepEqual(
        (await checkGraph(graph!)).map(({ code, message: told }) => `${code} ${told}`),
        [`element/check-failed Cannot check the element: ${message}`],
        what,
      );
      const file = at(`plugin-${index}.mjs`);
      writeFileSync(file, `throw globalThis['leat-test-thrown'];`);
      Object.assign(globalThis, { 'leat-test-thrown': thrown });
      const issues = await loadPlugins([{ name: file, folder: at(), path: '/plugins/0' }], registry);
      // Of some only what Node's loader threw over them is left.
      assert.deepEqual([issues.length, issues[0]!.code], [1, 'plugin/failed'], what);
      assert.match(issues[0]!.message, /^Cannot load the plugin .*: ./, what);
    }
    Reflect.deleteProperty(globalThis, 'leat-test-thrown');
  });
});
