// What can be said against what a graph says of an element's faults, beyond what its schema does: settings that contradict one another,
// or that have no effect without another one.
import type { Issue } from '../errors.ts';
import type { ElementDescription } from '../graph/graph-description.ts';
import { restartFlawOf } from './restart-policy.ts';

/** @param path That of the element in the graph. */
export function faultIssues(name: string, path: string, { onError = 'fail', restart, quarantine }: ElementDescription): Issue[] {
  const issues: Issue[] = [];
  const flaw = restart === undefined ? undefined : restartFlawOf(restart);
  if (flaw !== undefined) issues.push({ code: 'graph/bad-value', path: `${path}/restart`, message: flaw });
  const idle = (key: string, wanted: string): void => {
    const costs = onError === 'fail' ? 'the pipeline' : 'a buffer';
    const message = `${name} has settings for ${key}, but its onError is ${onError}: a fault of it costs ${costs}`;
    issues.push({ code: 'graph/bad-value', path: `${path}/${key}`, message, hint: `set onError to ${wanted}, or take ${key} out` });
  };
  if (restart !== undefined && onError !== 'restart') idle('restart', 'restart');
  if (quarantine !== undefined && onError === 'fail') idle('quarantine', 'skip or restart');
  return issues;
}
