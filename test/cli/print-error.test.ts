import assert from 'node:assert/strict';
import { formatIssues } from '../../src/cli/print-error.ts';
import type { Issue } from '../../src/index.ts';

describe('issues for people', () => {
  const issue: Issue = { path: '/elements/camera/props/fps', message: 'There is no property fps', code: 'graph/unknown-property' };

  it('are told once, and how often, for a part that is included several times', () => {
    const text = formatIssues([issue, issue, { ...issue, path: '/elements/other/props/fps' }]);
    assert.match(text, /^2 problems with the graph:\n/);
    assert.match(text, /\/elements\/camera\/props\/fps \[graph\/unknown-property\] 2 times\n {4}There is no property fps\n/);
    assert.match(text, /\/elements\/other\/props\/fps \[graph\/unknown-property\]\n/);
  });

  it('are one problem when there is one', () => {
    assert.match(formatIssues([issue]), /^One problem with the graph:\n/);
  });
});
