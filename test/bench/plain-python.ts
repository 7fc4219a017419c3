// The peer in Python, where an interpreter with OpenCV and ONNX Runtime is at hand: `LEAT_BENCH_PYTHON`, or `python3`.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { root } from './launchers.ts';
import type { BenchModel } from './material.ts';

export const interpreter = process.env.LEAT_BENCH_PYTHON ?? 'python3';

export const plainPython = {
  /** Versions of what it uses; undefined where something is not installed. */
  version: (): string | undefined => {
    const code = 'import cv2, onnxruntime; print(f"OpenCV {cv2.__version__}, ONNX Runtime {onnxruntime.__version__}")';
    const { status, stdout } = spawnSync(interpreter, ['-c', code], { encoding: 'utf8' });
    return status === 0 ? stdout.trim() : undefined;
  },
  missing: `${interpreter} lacks opencv-python-headless or onnxruntime; LEAT_BENCH_PYTHON names another`,
  command: (clip: string, { file, size }: BenchModel): readonly string[] => [
    interpreter,
    join(root, 'test/bench/peers/plain.py'),
    clip,
    file,
    String(size),
  ],
} as const;
