// What a queue adds to a chain, in Leat and in GStreamer: the same chain with and without one, in fresh processes, and the
// difference. GStreamer's queue is also the border between two threads, which Leat's is not; what crossing a thread costs Leat
// is in the rows with decoding.
import { type BenchRow, compare } from './bench-row.ts';
import { gstreamer, leat } from './launchers.ts';
import { formatSpread, spreadOf } from './spread.ts';
import { timedProcess } from './timed-process.ts';

const COUNT = 2_000_000;
/** As many as a queue of GStreamer holds by default. */
const CAPACITY = 200;

const ours = (queue: string) => leat(`fake-source count=${COUNT}${queue} ! fake-sink`);
const theirs = (queue: string) => gstreamer.launch(`fakesrc num-buffers=${COUNT}${queue} ! fakesink silent=true sync=false`);

export const queueHop: BenchRow = {
  name: 'queue-hop',
  measure: ({ rounds, note }) => {
    const version = gstreamer.version();
    const series = { ours: [] as number[], peer: [] as number[], oursCpu: [] as number[], peerCpu: [] as number[] };
    for (let round = 1; round <= rounds; round++) {
      note(`round ${round} of ${rounds}`);
      const [without, withQueue] = [ours(''), ours(` ! queue maxBuffers=${CAPACITY}`)].map((command) => timedProcess(command));
      series.ours.push(((withQueue!.wallMs - without!.wallMs) / COUNT) * 1e6);
      series.oursCpu.push(((withQueue!.cpuMs - without!.cpuMs) / COUNT) * 1e6);
      if (version === undefined) continue;
      const [alone, queued] = [theirs(''), theirs(` ! queue max-size-buffers=${CAPACITY}`)].map((command) => timedProcess(command));
      series.peer.push(((queued!.wallMs - alone!.wallMs) / COUNT) * 1e6);
      series.peerCpu.push(((queued!.cpuMs - alone!.cpuMs) / COUNT) * 1e6);
    }
    const cpu = `CPU time: ours ${formatSpread(spreadOf(series.oursCpu), 'ns')}`;
    return {
      results: [
        {
          what: 'one queue hop, per buffer',
          ours: formatSpread(spreadOf(series.ours), 'ns'),
          peer: version === undefined ? gstreamer.missing : `${formatSpread(spreadOf(series.peer), 'ns')} ${version}`,
          ratio: version === undefined ? undefined : compare(series.ours, series.peer),
          target: { atMost: 0.2 },
        },
      ],
      details:
        version === undefined
          ? `${cpu}.`
          : `${cpu}, GStreamer ${formatSpread(spreadOf(series.peerCpu), 'ns')}: its two threads work side by side, ours is one.`,
    };
  },
};
