// Opens a model by its manifest: finds it, verifies it, loads it, and compares what it says with what it is.
import type { Arena } from '../memory/arena.ts';
import type { ThreadBudget } from '../threads/thread-budget.ts';
import type { InferenceSession, SessionOptions } from './backend.ts';
import { type BackendWish, chooseBackend } from './choose-backend.ts';
import { deriveManifest } from './derive-manifest.ts';
import { loadManifest, verifySha256 } from './load-manifest.ts';
import type { Manifest } from './manifest.ts';
import { type InputShapes, warmUp } from './warm-up.ts';

export interface OpenModelOptions extends SessionOptions {
  readonly arena: Arena;
  /** Where the session's threads are entered. */
  readonly budget?: ThreadBudget | undefined;
  /** Who opens the model, for the budget's report. */
  readonly owner?: string | undefined;
  /** The library that runs it; `auto` takes the first that loads. */
  readonly backend?: BackendWish | undefined;
  /** Told what is going on. */
  readonly progress?: ((text: string) => void) | undefined;
}

export interface OpenedModel {
  readonly session: InferenceSession;
  /** As written, or derived from the model where it comes without one. */
  readonly manifest: Manifest;
  /** The ONNX file. */
  readonly path: string;
  readonly backend: string;
  /** Why `auto` did not take the backend that it prefers; undefined where it did. */
  readonly instead: string | undefined;
  /** Runs the model on zeros, so that the first real run is as fast as the rest, and compares its outputs with what it declares. */
  warmUp(shapes?: InputShapes, runs?: number): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens the model at a path: a model.json, a folder with one, or an ONNX file.
 *
 * @throws InferenceError `inference/model-not-found`, `inference/manifest-invalid`, `inference/sha256-mismatch` and those of
 *   {@link InferenceBackend.open}.
 */
export async function openModel(path: string, options: OpenModelOptions): Promise<OpenedModel> {
  const { arena, progress } = options;
  const loaded = await loadManifest(path);
  if (loaded.manifest?.sha256 !== undefined) {
    progress?.(`Verifying ${loaded.modelPath}`);
    await verifySha256(loaded.modelPath, loaded.manifest.sha256);
  }
  progress?.(`Loading ${loaded.modelPath}`);
  const { backend, instead } = await chooseBackend(options.backend ?? 'auto');
  const session = await backend.open({ path: loaded.modelPath }, options, arena);
  try {
    const manifest = loaded.manifest ?? deriveManifest(loaded.modelPath, session);
    const claim = options.budget?.claim(options.owner ?? manifest.name, options.intraOpThreads ?? 1);
    return {
      session,
      manifest,
      path: loaded.modelPath,
      backend: backend.name,
      instead,
      warmUp: (shapes, runs) => warmUp(session, arena, shapes, runs),
      close: async () => {
        await session.close();
        claim?.release();
      },
    };
  } catch (error) {
    await session.close();
    throw error;
  }
}
