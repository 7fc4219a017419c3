// What it costs a buffer to pass through ten elements that do nothing, in Leat and in GStreamer: the framework and nothing
// else. Both run in one thread here, so that the processor's time is the cost, and who else uses the machine changes little.
import { type BenchRow, compare } from './bench-row.ts';
import { gstreamer, leat } from './launchers.ts';
import { formatSpread, spreadOf } from './spread.ts';
import { costPerItem, type ItemCost } from './timed-process.ts';

const ELEMENTS = 10;
const COUNTS = [200_000, 2_200_000] as const;

const ours = (elements: number) => (count: number) => leat(`fake-source count=${count}${' ! identity'.repeat(elements)} ! fake-sink`);
const theirs = (count: number) =>
  gstreamer.launch(`fakesrc num-buffers=${count}${' ! identity silent=true'.repeat(ELEMENTS)} ! fakesink silent=true sync=false`);

export const inlineElements: BenchRow = {
  name: 'inline-elements',
  measure: ({ rounds, note }) => {
    const version = gstreamer.version();
    const [chain, empty, peer]: [ItemCost[], ItemCost[], ItemCost[]] = [[], [], []];
    for (let round = 1; round <= rounds; round++) {
      note(`round ${round} of ${rounds}`);
      chain.push(costPerItem(ours(ELEMENTS), COUNTS));
      if (version !== undefined) peer.push(costPerItem(theirs, COUNTS));
      empty.push(costPerItem(ours(0), COUNTS));
    }
    const perElement = chain.map((all, round) => (cpuNs(all) - cpuNs(empty[round]!)) / ELEMENTS);
    const costs = [
      `Source and sink alone ${formatSpread(spreadOf(empty.map(cpuNs)), 'ns')} of CPU time, each element more ${formatSpread(spreadOf(perElement), 'ns')}.`,
      `By the clock: ours ${formatSpread(spreadOf(chain.map(wallNs)), 'ns')}`,
    ].join(' ');
    return {
      results: [
        {
          what: `through ${ELEMENTS} inline elements, CPU time per buffer`,
          ours: formatSpread(spreadOf(chain.map(cpuNs)), 'ns'),
          peer: version === undefined ? gstreamer.missing : `${formatSpread(spreadOf(peer.map(cpuNs)), 'ns')} ${version}`,
          ratio: version === undefined ? undefined : compare(chain.map(cpuNs), peer.map(cpuNs)),
          target: { atMost: 0.2 },
        },
      ],
      details: version === undefined ? `${costs}.` : `${costs}, GStreamer ${formatSpread(spreadOf(peer.map(wallNs)), 'ns')}.`,
    };
  },
};

const cpuNs = ({ cpuMs }: ItemCost): number => cpuMs * 1e6;
const wallNs = ({ wallMs }: ItemCost): number => wallMs * 1e6;
