// What bringing a frame to a tensor costs, against OpenCV on one thread: the fastest way that we know to use it, in C++ and in
// Python, and the usual one. All write the same 640×640 tensor from 1080p I420, the bars of the letterbox included or left as
// they are; fresh processes in turns, CPU time after a warm-up.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BenchResult, type BenchRow, compare } from './bench-row.ts';
import { root } from './launchers.ts';
import { interpreter } from './plain-python.ts';
import { formatSpread, spreadOf } from './spread.ts';

const COUNT = '1000';

interface Peer {
  readonly what: string;
  readonly atMost: number;
  readonly missing: string;
  readonly command: readonly string[] | undefined;
}

export const preprocess: BenchRow = {
  name: 'preprocess',
  measure: ({ rounds, note }) => {
    const folder = mkdtempSync(join(tmpdir(), 'leat-bench-'));
    try {
      const peers = findPeers(folder);
      const ours: Cost[] = [];
      const theirs: Cost[][] = peers.map(() => []);
      for (let round = 1; round <= rounds; round++) {
        note(`round ${round} of ${rounds}`);
        ours.push(costOf([process.execPath, `${root}test/bench/programs/preprocess.mjs`, COUNT]));
        for (const [index, { command }] of peers.entries()) if (command !== undefined) theirs[index]!.push(costOf(command));
      }
      for (const [index, { what }] of peers.entries()) checkSame(what, ours[0]!, theirs[index]![0]);
      return { results: peers.map((peer, index) => resultOf(peer, ours, theirs[index]!)) };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

function resultOf({ what, atMost, missing }: Peer, ours: readonly Cost[], theirs: readonly Cost[]): BenchResult {
  const times = (costs: readonly Cost[]) => costs.map(({ cpuMs }) => cpuMs);
  const found = theirs.length > 0;
  return {
    what: `1080p I420 to a letterboxed, normalised 640×640 tensor, CPU time; against OpenCV ${what}`,
    ours: formatSpread(spreadOf(times(ours)), 'ms'),
    peer: found ? `${formatSpread(spreadOf(times(theirs)), 'ms')} ${theirs[0]!.version}` : missing,
    ratio: found ? compare(times(ours), times(theirs)) : undefined,
    target: { atMost },
  };
}

function findPeers(folder: string): readonly Peer[] {
  const cpp = join(folder, 'preprocess');
  const options = ['-O3', '-march=native', '-I/usr/include/opencv4', '-o', cpp];
  const libraries = ['-lopencv_imgproc', '-lopencv_core'];
  const built = spawnSync('g++', [`${root}test/bench/peers/preprocess.cpp`, ...options, ...libraries]).status === 0;
  const hasPython = spawnSync(interpreter, ['-c', 'import cv2']).status === 0;
  const python = (way: string) => (hasPython ? [interpreter, `${root}test/bench/peers/preprocess.py`, way, COUNT] : undefined);
  const noPython = `${interpreter} lacks opencv-python-headless; LEAT_BENCH_PYTHON names another`;
  return [
    {
      what: 'that scales the planes first, in C++',
      atMost: 1,
      missing: 'g++ or the headers of OpenCV are not installed (libopencv-imgproc-dev)',
      command: built ? [cpp, COUNT] : undefined,
    },
    { what: 'that scales the planes first, in Python', atMost: 1, missing: noPython, command: python('planes') },
    { what: 'with resize, copyMakeBorder and blobFromImage on RGB', atMost: 0.5, missing: noPython, command: python('picture') },
  ];
}

interface Cost {
  readonly cpuMs: number;
  /** Mean of the tensor. */
  readonly mean: number;
  readonly version?: string;
}

function costOf([program, ...args]: readonly string[]): Cost {
  const { status, stdout, stderr } = spawnSync(program!, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`Cannot measure ${program} ${args.join(' ')}: ${stderr}`);
  return JSON.parse(stdout) as Cost;
}

/** Whoever makes another picture is not measured. Chroma is placed and rounded in different ways, which moves the mean by about 0.001. */
function checkSame(what: string, ours: Cost, theirs: Cost | undefined): void {
  if (theirs === undefined || Math.abs(ours.mean - theirs.mean) < 0.005) return;
  throw new Error(`OpenCV ${what} makes another tensor: its mean is ${theirs.mean}, ours is ${ours.mean}`);
}
