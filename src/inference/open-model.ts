// Opens a model by its manifest: finds it, verifies it, loads it, and compares what it says with what it is.

import type { Arena } from '../memory/arena.ts';
import type { RunPlan, ThreadBudget } from '../threads/thread-budget.ts';
import type { InferenceSession, SessionOptions } from './backend.ts';
import { checkDeclared, checkManifest } from './check-manifest.ts';
import type { DeclaredOutputs } from './check-outputs.ts';
import { type BackendWish, chooseBackend } from './choose-backend.ts';
import { deriveManifest } from './derive-manifest.ts';
import { loadManifest, verifySha256 } from './load-manifest.ts';
import type { Manifest } from './manifest.ts';
import { CPU } from './provider-table.ts';
import { type InputShapes, warmUp } from './warm-up.ts';

export interface OpenModelOptions extends SessionOptions {
  readonly arena: Arena;
  /** Where the session's threads are entered. */
  readonly budget: ThreadBudget;
  /** Who opens the model, for the budget's report. */
  readonly owner?: string | undefined;
  /** The library that runs it; `auto` takes the first that loads. */
  readonly backend?: BackendWish | undefined;
  /** How many runs the caller will keep in flight; default as the budget plans. */
  readonly inFlight?: number | undefined;
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
  /** How many runs to keep in flight, and how many threads each has. */
  readonly plan: RunPlan;
  /** Runs the model on zeros, so that the first real run is as fast as the rest, and compares its outputs with what is declared. */
  warmUp(shapes?: InputShapes, runs?: number): Promise<void>;
  /** Frees the model and gives its threads back. Any number of calls. */
  close(): Promise<void>;
}

/**
 * Opens the model at a path: a model.json, a folder with one, or an ONNX file.
 *
 * @throws InferenceError `inference/model-not-found`, `inference/manifest-invalid`, `inference/sha256-mismatch`,
 *   `inference/manifest-mismatch`, `inference/undeclared-shape` and those of {@link InferenceBackend.open}.
 */
export async function openModel(path: string, options: OpenModelOptions): Promise<OpenedModel> {
  const { arena, budget, progress, freeDimensions } = options;
  const { manifest: written, manifestPath, modelPath } = await loadManifest(path);
  if (written?.sha256 !== undefined) {
    progress?.(`Verifying ${modelPath}`);
    await verifySha256(modelPath, written.sha256);
  }
  progress?.(`Loading ${modelPath}`);
  const { backend, instead } = await chooseBackend(options.backend ?? 'auto');
  const { mostRuns } = backend;
  const { intraOpThreads } = budget.plan({ intraOpThreads: options.intraOpThreads, mostRuns });
  const session = await backend.open({ path: modelPath }, { ...options, intraOpThreads }, arena);
  try {
    if (written === undefined) checkDeclared(modelPath, session);
    else checkManifest(manifestPath!, written, session, freeDimensions);
    const manifest = written ?? deriveManifest(modelPath, session);
    const accelerator = session.provider.ran !== CPU;
    const planned = budget.plan({ intraOpThreads, accelerator, mostRuns });
    const plan = { ...planned, inFlight: Math.min(options.inFlight ?? planned.inFlight, mostRuns) };
    // A run more than planned cores are for waits rather than works.
    const busyRuns = Math.min(plan.inFlight, options.inFlight ?? Math.max(1, Math.floor(budget.cores / intraOpThreads)));
    const claim = budget.claim(options.owner ?? manifest.name, accelerator ? intraOpThreads : busyRuns * intraOpThreads);
    return {
      session,
      manifest,
      path: modelPath,
      backend: backend.name,
      instead,
      plan,
      warmUp: (shapes, runs) => warmUp(session, arena, shapes, runs, declarations(session, written)),
      close: async () => {
        await session.close();
        claim.release();
      },
    };
  } catch (error) {
    await session.close();
    throw error;
  }
}

function declarations({ outputs }: InferenceSession, written: Manifest | undefined): DeclaredOutputs[] {
  const own = outputs.filter(({ unranked }) => unranked !== true).map(({ name, shape }) => [name, shape] as const);
  const said = Object.entries(written?.outputs ?? {}).map(([name, { shape }]) => [name, shape] as const);
  return [
    { by: 'the model', shapes: new Map(own) },
    { by: 'its manifest', shapes: new Map(said) },
  ];
}
