// What it costs a buffer to pass through ten elements that do nothing, in Leat and in GStreamer: the framework and nothing
// else. The empty chain is taken along in the details, since it says what an element costs and what a source.
import { type BenchRow, compare } from './bench-row.ts';
import { gstreamer, leat } from './launchers.ts';
import { formatSpread, spreadOf } from './spread.ts';
import { costPerItem } from './timed-process.ts';

const ELEMENTS = 10;
const COUNTS = [200_000, 2_200_000] as const;

const ours = (elements: number) => (count: number) => leat(`fake-source count=${count}${' ! identity'.repeat(elements)} ! fake-sink`);
const theirs = (elements: number) => (count: number) =>
  gstreamer.launch(`fakesrc num-buffers=${count}${' ! identity silent=true'.repeat(elements)} ! fakesink silent=true sync=false`);

export const inlineElements: BenchRow = {
  name: 'inline-elements',
  measure: ({ rounds, note }) => {
    const version = gstreamer.version();
    const series = { ours: [] as number[], empty: [] as number[], peer: [] as number[] };
    for (let round = 1; round <= rounds; round++) {
      note(`round ${round} of ${rounds}`);
      series.ours.push(costPerItem(ours(ELEMENTS), COUNTS).wallMs * 1e6);
      if (version !== undefined) series.peer.push(costPerItem(theirs(ELEMENTS), [COUNTS[0], 1_200_000]).wallMs * 1e6);
      series.empty.push(costPerItem(ours(0), COUNTS).wallMs * 1e6);
    }
    const perElement = series.ours.map((all, round) => (all - series.empty[round]!) / ELEMENTS);
    return {
      results: [
        {
          what: `through ${ELEMENTS} inline elements, per buffer`,
          ours: formatSpread(spreadOf(series.ours), 'ns'),
          peer: version === undefined ? gstreamer.missing : `${formatSpread(spreadOf(series.peer), 'ns')} ${version}`,
          ratio: version === undefined ? undefined : compare(series.ours, series.peer),
          target: { atMost: 0.2 },
        },
      ],
      details: `Source and sink alone ${formatSpread(spreadOf(series.empty), 'ns')}; each inline element ${formatSpread(spreadOf(perElement), 'ns')}.`,
    };
  },
};
