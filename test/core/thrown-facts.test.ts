import assert from 'node:assert/strict';
import { ElementError } from '../../src/core/errors.ts';
import { packError, unpackError } from '../../src/core/thread/wire-error.ts';
import { thrownFacts } from '../../src/core/thrown-facts.ts';
import { THROWN } from '../support/thrown.ts';

describe('what was thrown', () => {
  for (const [what, thrown, message, code] of THROWN) {
    it(`is told where it is ${what}, by an element and from another thread`, () => {
      assert.equal(thrownFacts(thrown).message, message);
      const error = ElementError.from('it', thrown);
      assert.deepEqual([error.message, error.code, error.element], [`it: ${message}`, code ?? 'element/failed', 'it']);
      const arrived = unpackError(structuredClone(packError(thrown)));
      assert.deepEqual([arrived.message, (arrived as { code?: string }).code], [message, code]);
    });
  }
});
