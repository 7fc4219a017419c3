import { resolve } from 'node:path';
import { checkInputFile } from '../core/check-input-file.ts';
import type { Issue } from '../core/errors.ts';
import type { ProviderWish } from './backend.ts';
import { InferenceError } from './inference-error.ts';
import { loadManifest, verifySha256 } from './load-manifest.ts';
import { checkWishes } from './provider-table.ts';

/**
 * What can be said against a model and the providers it shall run on without opening it; for the `check` hook of elements.
 *
 * @param query Props as the graph gives them; `model` relative to `baseFolder`; `thorough` compares checksums too.
 */
export async function checkModelProps(query: {
  readonly props: { readonly model: string; readonly fallback?: string | undefined; readonly providers: readonly ProviderWish[] };
  readonly baseFolder: string;
  readonly thorough?: boolean | undefined;
}): Promise<readonly Issue[]> {
  const { model, fallback, providers } = query.props;
  return [
    ...(await issuesOf('/props/model', () => checkModel(query, model, '/props/model'))),
    ...(fallback === undefined ? [] : await issuesOf('/props/fallback', () => checkModel(query, fallback, '/props/fallback'))),
    ...(await issuesOf('/props/providers', () => checkNames(providers))),
  ];
}

async function checkModel(
  { baseFolder, thorough }: { readonly baseFolder: string; readonly thorough?: boolean | undefined },
  model: string,
  path: string,
): Promise<readonly Issue[]> {
  const { manifest, modelPath } = await loadManifest(resolve(baseFolder, model));
  // A manifest that is there and a file that is not: say which.
  const issues = checkInputFile(baseFolder, modelPath, path).map((issue) =>
    manifest === undefined ? issue : { ...issue, hint: `the manifest of ${manifest.name} names it` },
  );
  if (thorough && issues.length === 0 && manifest?.sha256 !== undefined) await verifySha256(modelPath, manifest.sha256);
  return issues;
}

async function checkNames(providers: readonly ProviderWish[]): Promise<readonly Issue[]> {
  checkWishes(providers);
  return [];
}

async function issuesOf(path: string, check: () => Promise<readonly Issue[]>): Promise<readonly Issue[]> {
  try {
    return await check();
  } catch (error) {
    if (!(error instanceof InferenceError)) throw error;
    return [{ code: error.code, path, message: error.message }];
  }
}
