// File, decode, preprocess, inference, boxes, NMS, JSON Lines: the whole pipeline as a user starts it, against three measures.
//
// Its limit: the machine's cores divided by the CPU time that decode, preprocess and inference take of a frame, each alone. The
// sum of these parts, against the CPU time that the pipeline takes. And the plain way in Python. Parts and whole are measured
// in turns, each in two lengths, so that starting (node, model, decoder) is in neither.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { type BenchResult, type BenchRow, compare } from './bench-row.ts';
import { leat } from './launchers.ts';
import { type BenchModel, clip, program, temporaryFolder } from './material.ts';
import { plainPython } from './plain-python.ts';
import { formatSpread, spreadOf } from './spread.ts';
import { costPerItem, type ItemCost } from './timed-process.ts';

const LENGTHS = [60, 360] as const;
const PARTS = ['decode', 'preprocess', 'inference'] as const;

export function wholePipeline(modelOf: () => BenchModel): BenchRow {
  return {
    name: `pipeline-${modelOf().name}`,
    measure: ({ rounds, note }) => {
      const model = modelOf();
      const python = plainPython.version();
      const series: Record<'whole' | 'python' | (typeof PARTS)[number], ItemCost[]> = {
        whole: [],
        python: [],
        decode: [],
        preprocess: [],
        inference: [],
      };
      note('making clips');
      for (const frames of LENGTHS) clip(frames);
      for (let round = 1; round <= rounds; round++) {
        note(`round ${round} of ${rounds}`);
        series.whole.push(whole(model));
        for (const part of PARTS) {
          const command = (count: number) =>
            program('part', part, String(count), clip(part === 'decode' ? count : LENGTHS[0]), model.folder);
          series[part].push(costPerItem(command, part === 'preprocess' ? [LENGTHS[0], 4 * LENGTHS[1]] : LENGTHS));
        }
        if (python !== undefined) series.python.push(costPerItem((count) => plainPython.command(clip(count), model), LENGTHS));
      }
      return report(model, python, series);
    },
  };
}

/** A frame's share of the pipeline, and a check that no frame got lost on the way. */
function whole(model: BenchModel): ItemCost {
  const out = join(temporaryFolder(), 'boxes.jsonl');
  const cost = costPerItem((count) => {
    rmSync(out, { force: true });
    return leat(
      `video-file-source path=${clip(count)} ! letterbox ! onnx-inference model=${model.folder} ! detection-decoder ! nms ! json-lines-sink path=${out}`,
    );
  }, LENGTHS);
  const lines = existsSync(out) ? readFileSync(out, 'utf8').trimEnd().split('\n').length : 0;
  if (lines !== LENGTHS[1]) throw new Error(`The pipeline wrote ${lines} lines for ${LENGTHS[1]} frames`);
  return cost;
}

function report(model: BenchModel, python: string | undefined, series: Record<'whole' | 'python' | (typeof PARTS)[number], ItemCost[]>) {
  const cores = availableParallelism();
  const cpuOf = (name: keyof typeof series): number[] => series[name].map(({ cpuMs }) => cpuMs);
  const fpsOf = (name: keyof typeof series): number[] => series[name].map(({ wallMs }) => 1000 / wallMs);
  const sums = cpuOf('decode').map((decode, round) => decode + cpuOf('preprocess')[round]! + cpuOf('inference')[round]!);
  const limits = sums.map((sum) => (cores * 1000) / sum);
  const fps = fpsOf('whole');
  const others = spreadOf(series.whole.map(({ othersCores }) => othersCores));
  const results: BenchResult[] = [
    {
      what: `1080p file to boxes, ${model.name} (${model.size}×${model.size}), against the limit of ${cores} cores`,
      ours: `${formatSpread(spreadOf(fps), 'fps')}, while others had ${formatSpread(others)} of the cores`,
      peer: `${formatSpread(spreadOf(limits), 'fps')} cores ÷ CPU time of the parts`,
      ratio: compare(fps, limits),
      target: { atLeast: 0.9 },
    },
    {
      what: `CPU time per frame, ${model.name}, against the sum of its parts`,
      ours: formatSpread(spreadOf(cpuOf('whole')), 'ms'),
      peer: `${formatSpread(spreadOf(sums), 'ms')} parts`,
      ratio: compare(cpuOf('whole'), sums),
      target: { atMost: 1.1 },
    },
    {
      what: `1080p file to boxes, ${model.name}, against the plain way in Python`,
      ours: formatSpread(spreadOf(fps), 'fps'),
      peer: python === undefined ? plainPython.missing : `${formatSpread(spreadOf(fpsOf('python')), 'fps')} ${python}`,
      ratio: python === undefined ? undefined : compare(fps, fpsOf('python')),
      target: { atLeast: 1.5 },
    },
  ];
  const granted = fps.map((value, round) => value / (limits[round]! * (1 - series.whole[round]!.othersCores / cores)));
  const line = (name: keyof typeof series): string => {
    const alone = spreadOf(series[name].map(({ wallMs }) => 1000 / wallMs));
    return `| ${name} | ${formatSpread(spreadOf(cpuOf(name)))} | ${formatSpread(alone)} |`;
  };
  const details = [
    '| stage | CPU ms per frame | frames a second |',
    '|---|---|---|',
    ...PARTS.map((part) => line(part)),
    line('whole'),
    ...(python === undefined ? [] : [line('python')]),
    '',
    `Of the cores that others left it reached ${formatSpread(spreadOf(granted), '×')} of the limit.`,
  ].join('\n');
  return { results, details };
}
