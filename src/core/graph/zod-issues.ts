import type { z } from 'zod';
import type { Issue } from '../errors.ts';
import { nearestName } from './nearest-name.ts';

/** What zod found wrong, as issues with JSON pointers below `base`. `known` are the names there are, to suggest from. */
export function zodIssues(error: z.ZodError, base: string, known: readonly string[] = []): Issue[] {
  return error.issues.flatMap((issue): Issue[] => {
    const path = `${base}${issue.path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')}`;
    if (issue.code !== 'unrecognized_keys') return [{ code: 'graph/bad-value', path, message: issue.message }];
    return issue.keys.map((key) => {
      const nearest = nearestName(key, known);
      const hint = nearest !== undefined ? `did you mean ${nearest}?` : known.length > 0 ? `there are ${known.join(', ')}` : undefined;
      return { code: 'graph/unknown-property', path: `${path}/${key}`, message: `There is no property ${key}`, hint };
    });
  });
}
