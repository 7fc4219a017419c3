import assert from 'node:assert/strict';
import { ElementError } from '../../../src/core/errors.ts';
import { WarningLog } from '../../../src/core/pipeline/warning-log.ts';
import { testPipeline } from '../../support/test-pipeline.ts';
import { countingSource, filter, notingSink } from '../../support/tiny-element.ts';

describe('warning-log', () => {
  const warning = (element: string, code: string, text: string) => ({ type: 'warning', element, code, text }) as const;

  it('counts what is said again, and keeps the last words', () => {
    const log = new WarningLog();
    for (const text of ['first', 'second']) log.add(warning('a', 'x/y', text));
    log.add(warning('b', 'x/y', 'other'));
    log.add({ type: 'info', element: 'a', code: 'x/z', text: 'no warning' });
    log.add({ type: 'quarantine', element: 'a', source: 's', pts: 0, error: new ElementError('a', 'x/w', 'broken') });
    assert.deepEqual(log.all, [
      { element: 'a', code: 'x/y', text: 'second', count: 2 },
      { element: 'b', code: 'x/y', text: 'other', count: 1 },
      { element: 'a', code: 'x/w', text: 'broken', count: 1 },
    ]);
  });

  it('stays small, and counts on what it knows', () => {
    const log = new WarningLog();
    for (let index = 0; index < 1000; index++) log.add(warning(`element ${index}`, 'x/y', ''));
    log.add(warning('element 0', 'x/y', 'again'));
    assert.equal(log.all.length, 64);
    assert.equal(log.all[0]?.count, 2);
  });

  it("is in a run's summary, with the graph's description, and empty in the next run's", async () => {
    let faults = 1;
    const faulty = filter('faulty', (buffer) => {
      if (faults-- > 0) throw new Error('once');
      return buffer;
    });
    const { pipeline } = testPipeline([countingSource('source', { count: 3 }), faulty, notingSink('sink', [])], {
      description: 'A graph',
      elements: { faulty: { onError: 'skip' } },
      links: ['source ! faulty ! sink'],
    });
    const first = await pipeline.run();
    assert.equal(first.description, 'A graph');
    assert.deepEqual(first.warnings, [{ element: 'faulty', code: 'element/failed', text: 'faulty: once', count: 1 }]);
    assert.deepEqual((await pipeline.run()).warnings, []);
  });
});
