// Scanning scores in plain TypeScript: see scalar-kernels.ts for when, and kernels/scores.ts for what it does.
import type { Arena } from './arena.ts';
import type { ScanKernel, ScanKernels } from './scan-kernels.ts';

export function scalarScores(arena: Arena): ScanKernels {
  const scan =
    (rows: boolean): ScanKernel =>
    (scores, anchors, classes, stride, gate, margin, threshold, gateThreshold, out) => {
      const view = new DataView(arena.memory.buffer);
      const [least, leastGate] = [Math.fround(threshold), Math.fround(gateThreshold)];
      let [to, bad] = [out + 16, 0];
      for (let a = 0; a < anchors; a++) {
        const other = gate === 0 ? 0 : view.getFloat32(rows ? gate + a * stride : gate + a * 4, true);
        if (!Number.isFinite(other)) bad++;
        const isOut = gate !== 0 && margin === 0 && !(Number.isFinite(other) && other >= leastGate);
        if (isOut && rows) continue;
        let [best, winner] = [Number.NEGATIVE_INFINITY, 0];
        for (let c = 0; c < classes; c++) {
          const score = view.getFloat32(scores + (rows ? a * stride + c * 4 : c * stride + a * 4), true);
          if (!Number.isFinite(score)) bad++;
          else if (score > best) [best, winner] = [score, c];
        }
        if (isOut || !Number.isFinite(best) || !(Math.fround(margin === 1 ? best - other : best) >= least)) continue;
        view.setInt32(to, a, true);
        view.setInt32(to + 4, winner, true);
        view.setFloat32(to + 8, best, true);
        to += 12;
      }
      view.setInt32(out, bad, true);
      return (to - out - 16) / 12;
    };
  return { scanRows: scan(true), scanColumns: scan(false) };
}
