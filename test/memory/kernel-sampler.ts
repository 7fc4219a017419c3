// One run of every kernel on known bytes, as numbers: the same with SIMD and without. As a program it prints them.
import { frameLayout } from '../../src/media/frame-layout.ts';
import { Arena } from '../../src/memory/arena.ts';
import { kernelsFor } from '../../src/memory/kernels.ts';
import { scoreScan } from '../../src/memory/score-scan.ts';
import { noise } from './picture-case.ts';

export interface KernelSample {
  readonly picture: readonly number[];
  readonly drawn: readonly number[];
  readonly laid: readonly number[];
  readonly floats: readonly number[];
  readonly scanned: readonly number[];
  readonly slabsInUse: number;
}

export function sampleKernels(): KernelSample {
  const arena = Arena.create();
  const kernels = kernelsFor(arena);
  const layout = frameLayout('NV12', 32, 24);
  const source = arena.allocate(4096);
  const target = arena.allocate(4096);
  const bytes = noise(arena.bytes(source.offset, 4096));
  const result = (count: number) => Array.from(arena.bytes(target.offset, count));
  const plan = kernels.plan({
    source: layout,
    target: { kind: 'tensor', width: 16, height: 16, dtype: 'uint8', layout: 'CHW', order: 'BGR' },
    place: { x: 0, y: 2, width: 16, height: 12 },
    pad: 114,
  });
  plan.run(source.offset, target.offset);
  plan.close();
  const picture = result(16 * 16 * 3);
  kernels.copy(source.offset, target.offset, 999);
  kernels.blendRectangle(target.offset + 3, 64, 15, 9, 3, 0x123456, 100);
  kernels.blendCoverage(target.offset + 1000, 64, source.offset, 32, 20, 9, 2, 0x9988, 200);
  kernels.blendChromaCoverage(target.offset + 2000, 64, source.offset, 32, 21, 9, 1, 0, 1, 0x77, 256);
  const drawn = result(4000);
  kernels.interleave(1, source.offset, target.offset, 3, 100);
  kernels.separate(2, source.offset + 1024, target.offset + 300, 4, 50);
  const laid = result(700);
  kernels.bytesToFloats(source.offset, target.offset, 50, 127.5, 1 / 127.5);
  kernels.normaliseFloats(target.offset, target.offset, 50, 0.5, 2);
  kernels.floatsToHalves(target.offset, target.offset + 1024, 50);
  kernels.halvesToFloats(target.offset + 1024, target.offset + 2048, 50);
  const floats = Array.from(arena.view('float32', target.offset + 2048, 50));
  for (let i = 0; i < 90; i++) arena.view('float32', source.offset, 90)[i] = bytes[2000 + i]! / 255;
  const scan = scoreScan(arena);
  const scanned = (['rows', 'columns'] as const).flatMap((order) => {
    const grid = { scores: source.offset, anchors: 30, classes: 3, order, stride: order === 'rows' ? 12 : 120, threshold: 0.6 };
    const { count, notFinite, anchor, winner, score } = scan.run(grid);
    return [count, notFinite, ...Array.from({ length: count }, (_, i) => [anchor(i), winner(i), score(i)]).flat()];
  });
  scan.close();
  source.release();
  target.release();
  return { picture, drawn, laid, floats, scanned, slabsInUse: arena.statistics.slabsInUse };
}

if (process.argv[2] === 'print') console.log(JSON.stringify(sampleKernels()));
