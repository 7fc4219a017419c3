// What the pipelines are measured on, made on demand and kept in the system's temporary folder: clips and a model that are too
// large to be in the repository. The folder's name follows from the programs that make them.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './launchers.ts';
import { timedProcess } from './timed-process.ts';

const programs = join(root, 'test/bench/programs');

export function program(name: string, ...args: readonly string[]): readonly string[] {
  return [process.execPath, join(programs, `${name}.mjs`), ...args];
}

export function temporaryFolder(): string {
  const hash = createHash('sha256');
  for (const name of ['make-clip', 'make-model']) hash.update(readFileSync(join(programs, `${name}.mjs`)));
  const folder = join(tmpdir(), 'leat-bench', hash.digest('hex').slice(0, 12));
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** A 1080p H.264 clip of so many frames. */
export function clip(frames: number): string {
  const path = join(temporaryFolder(), `clip-${frames}.mp4`);
  if (existsSync(path)) return path;
  timedProcess(program('make-clip', `${path}.new.mp4`, String(frames)));
  renameSync(`${path}.new.mp4`, path);
  return path;
}

export interface BenchModel {
  readonly name: string;
  readonly folder: string;
  readonly file: string;
  /** Width and height of its input. */
  readonly size: number;
}

export const shapes = (): BenchModel => {
  const folder = join(root, 'models/shapes');
  return { name: 'shapes', folder, file: join(folder, 'shapes.onnx'), size: 320 };
};

/** A net of 1 GFLOP at 640×640 with random weights. */
export const det640 = (): BenchModel => randomModel('det640', 640, 16);

/** One of 0.07 GFLOP at 320×320. */
export const tiny320 = (): BenchModel => randomModel('tiny320', 320, 8);

function randomModel(name: string, size: number, channels: number): BenchModel {
  const folder = join(temporaryFolder(), name);
  if (!existsSync(join(folder, 'model.json'))) timedProcess(program('make-model', folder, String(size), String(channels)));
  return { name, folder, file: join(folder, `${name}.onnx`), size };
}
