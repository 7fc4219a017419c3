import { resolve } from 'node:path';
import { checkInputFile } from '../core/check-input-file.ts';
import type { Issue } from '../core/errors.ts';
import type { ProviderWish } from './backend.ts';
import { InferenceError } from './inference-error.ts';
import { loadManifest } from './load-manifest.ts';
import { checkWishes } from './provider-table.ts';

/**
 * What can be said against a model and the providers it shall run on without opening it; for the `check` hook of elements.
 *
 * @param props As the graph gives them; `model` relative to `baseFolder`.
 */
export async function checkModelProps(
  baseFolder: string,
  { model, providers }: { readonly model: string; readonly providers: readonly ProviderWish[] },
): Promise<readonly Issue[]> {
  return [
    ...(await issuesOf('/props/model', () => checkModel(baseFolder, model))),
    ...(await issuesOf('/props/providers', () => checkNames(providers))),
  ];
}

async function checkModel(baseFolder: string, model: string): Promise<readonly Issue[]> {
  const { manifest, modelPath } = await loadManifest(resolve(baseFolder, model));
  // A manifest that is there and a file that is not: say which.
  return checkInputFile(baseFolder, modelPath, '/props/model').map((issue) =>
    manifest === undefined ? issue : { ...issue, hint: `the manifest of ${manifest.name} names it` },
  );
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
