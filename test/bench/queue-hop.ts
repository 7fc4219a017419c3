// What a queue adds to a chain, in Leat and in GStreamer: the same chain with and without one, in fresh processes, and the
// difference, by the clock and in the processor's time. They differ: GStreamer's queue is also the border between two threads,
// which then share the work; ours is not. What crossing a thread costs Leat is in the rows with decoding.
import { type BenchRow, compare } from './bench-row.ts';
import { gstreamer, leat } from './launchers.ts';
import { formatSpread, spreadOf } from './spread.ts';
import { type ItemCost, timedProcess } from './timed-process.ts';

const COUNT = 2_000_000;
/** As many as a queue of GStreamer holds by default. */
const CAPACITY = 200;

const ours = (queue: string) => leat(`fake-source count=${COUNT}${queue} ! fake-sink`);
const theirs = (queue: string) => gstreamer.launch(`fakesrc num-buffers=${COUNT}${queue} ! fakesink silent=true sync=false`);

export const queueHop: BenchRow = {
  name: 'queue-hop',
  measure: ({ rounds, note }) => {
    const version = gstreamer.version();
    const [hops, peers]: [Hop[], Hop[]] = [[], []];
    for (let round = 1; round <= rounds; round++) {
      note(`round ${round} of ${rounds}`);
      hops.push(hop(ours(''), ours(` ! queue maxBuffers=${CAPACITY}`)));
      if (version !== undefined) peers.push(hop(theirs(''), theirs(` ! queue max-size-buffers=${CAPACITY}`)));
    }
    const result = (what: string, of: (hop: Hop) => number) => ({
      what,
      ours: formatSpread(spreadOf(hops.map(of)), 'ns'),
      peer: version === undefined ? gstreamer.missing : `${formatSpread(spreadOf(peers.map(of)), 'ns')} ${version}`,
      ratio: version === undefined ? undefined : compare(hops.map(of), peers.map(of)),
      target: { atMost: 0.2 },
    });
    return {
      results: [
        result('one queue hop, per buffer, by the clock', ({ wallMs }) => wallMs * 1e6),
        result('one queue hop, CPU time per buffer', ({ cpuMs }) => cpuMs * 1e6),
      ],
    };
  },
};

type Hop = Pick<ItemCost, 'wallMs' | 'cpuMs'>;

function hop(without: readonly string[], withQueue: readonly string[]): Hop {
  const [alone, queued] = [timedProcess(without), timedProcess(withQueue)];
  return { wallMs: (queued.wallMs - alone.wallMs) / COUNT, cpuMs: (queued.cpuMs - alone.cpuMs) / COUNT };
}
