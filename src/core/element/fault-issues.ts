// What can be said against what a graph says of an element's faults, beyond what its schema does: settings that contradict one another,
// or that somebody has made who has forgotten to say that a fault is to cost less than the pipeline.
import type { Issue } from '../errors.ts';
import type { ElementDescription } from '../graph/graph-description.ts';
import { restartFlawOf } from './restart-policy.ts';

/** @param path That of the element in the graph. */
export function faultIssues(name: string, path: string, { onError, restart, quarantine }: ElementDescription): Issue[] {
  const issues: Issue[] = [];
  const flaw = restart === undefined ? undefined : restartFlawOf(restart);
  if (flaw !== undefined) issues.push({ code: 'graph/bad-value', path: `${path}/restart`, message: flaw });
  if (onError !== undefined) return issues;
  const forgotten = (key: string, wanted: string): void => {
    const message = `${name} has settings for ${key} and no onError: a fault of it costs the pipeline`;
    issues.push({ code: 'graph/bad-value', path: `${path}/${key}`, message, hint: `say onError: ${wanted}, or take ${key} out` });
  };
  if (restart !== undefined) forgotten('restart', 'restart');
  if (quarantine !== undefined) forgotten('quarantine', 'skip or restart');
  return issues;
}
