// What a file of pictures costs as tensors for a model, read, scaled, letterboxed and normalised, against `ffmpeg -f null -`, which decodes
// the same clip and throws it away: processor time of all processes, without starting and stopping.
import { type BenchRow, compare } from './bench-row.ts';
import { leat } from './launchers.ts';
import { clip } from './material.ts';
import { formatSpread, spreadOf } from './spread.ts';
import { costPerItem, versionOf } from './timed-process.ts';

const COUNTS = [60, 600] as const;

export const readTensor: BenchRow = {
  name: 'read-tensor',
  measure: ({ rounds, note }) => {
    const version = versionOf('ffmpeg', '-version')?.replace(/ Copyright.*/, '');
    if (version === undefined) throw new Error('There is no ffmpeg in the PATH');
    const [ours, peer]: [number[], number[]] = [[], []];
    for (let round = 1; round <= rounds; round++) {
      note(`round ${round} of ${rounds}`);
      const graph = (count: number): string => `video-file-source path=${clip(count)} ! letterbox width=640 height=640 ! fake-sink`;
      ours.push(costPerItem((count) => leat(graph(count)), COUNTS).cpuMs);
      peer.push(costPerItem((count) => ['ffmpeg', '-v', 'error', '-nostdin', '-i', clip(count), '-f', 'null', '-'], COUNTS).cpuMs);
    }
    return {
      results: [
        {
          what: '1080p H.264 file to a letterboxed, normalised 640×640 float tensor, processor time of a picture; against ffmpeg -f null -',
          ours: formatSpread(spreadOf(ours), 'ms'),
          peer: `${formatSpread(spreadOf(peer), 'ms')} ${version}`,
          ratio: compare(ours, peer),
          target: { atMost: 1.25 },
        },
      ],
    };
  },
};
