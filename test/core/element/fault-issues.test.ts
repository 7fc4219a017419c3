import assert from 'node:assert/strict';
import { faultIssues } from '../../../src/core/element/fault-issues.ts';
import { checkGraph } from '../../../src/core/graph/check-graph.ts';
import type { ElementDescription } from '../../../src/core/graph/graph-description.ts';
import { openGraph } from '../../../src/core/graph/open-graph.ts';
import { testRegistry } from '../test-elements.ts';

const told = (settings: Partial<ElementDescription>): string[] =>
  faultIssues('it', '/elements/it', { type: 'it', ...settings }).map(({ path, message, hint }) => `${path}: ${message}; ${hint}`);

describe('settings for faults', () => {
  it('that do something are fine, and so are those of somebody who has said what a fault costs', () => {
    const settings = { restart: { maxAttempts: 2 }, quarantine: { folder: 'x' } };
    for (const onError of ['fail', 'skip', 'restart'] as const) assert.deepEqual(told({ onError, ...settings }), []);
    assert.deepEqual(told({}), []);
  });

  it('that have no effect are refused, with what would give them one', () => {
    assert.deepEqual(told({ restart: { maxAttempts: 2 }, quarantine: { folder: 'x' } }), [
      '/elements/it/restart: it has settings for restart and no onError: a fault of it costs the pipeline; say onError: restart, or take restart out',
      '/elements/it/quarantine: it has settings for quarantine and no onError: a fault of it costs the pipeline; say onError: skip or restart, or take quarantine out',
    ]);
  });

  it('are looked at when a graph is checked, not only when it is made', async () => {
    const description = {
      elements: { in: { type: 'camera', props: { path: 'x' }, onError: 'restart', restart: { windowMs: 0 } }, out: { type: 'screen' } },
      links: ['in ! out'],
    };
    const { graph } = await openGraph({ description: description as never }, { registry: testRegistry() });
    assert.deepEqual(
      (await checkGraph(graph!)).map(({ code, path }) => `${code} ${path}`),
      ['graph/bad-value /elements/in/restart'],
    );
  });
});
