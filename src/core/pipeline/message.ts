// Messages: what elements and the pipeline tell the application, on the bus.
import type { Latency } from '../element/define-element.ts';
import type { ElementError } from '../errors.ts';
import type { OverloadRecord } from '../overload/overload-summary.ts';
import type { Microseconds } from '../time/time.ts';

export type PipelineState = 'null' | 'ready' | 'paused' | 'playing';

export type Message =
  | { readonly type: 'state-changed'; readonly from: PipelineState; readonly to: PipelineState }
  /** An element failed and the pipeline goes down with it. */
  | { readonly type: 'error'; readonly element: string; readonly error: ElementError }
  /** Something is wrong that the graph survives. */
  | { readonly type: 'warning'; readonly element: string; readonly code: string; readonly text: string }
  | { readonly type: 'info'; readonly element: string; readonly code: string; readonly text: string }
  /** A long opening is under way: a model loads, an engine is built. `fraction` is 0..1 where it is known. */
  | { readonly type: 'progress'; readonly element: string; readonly text: string; readonly fraction?: number }
  /** A sink has made its last byte durable. */
  | { readonly type: 'eos'; readonly element: string }
  /** Buffers were dropped since the last such message; at most one a second per element and cause. */
  | { readonly type: 'dropped'; readonly element: string; readonly cause: string; readonly count: number }
  /** What a sink that keeps to the clock got too late, at most once a second: by how much, and how many it rendered and dropped so far. */
  | {
      readonly type: 'qos';
      readonly element: string;
      readonly source: string;
      readonly jitter: Microseconds;
      readonly processed: number;
      readonly late: number;
    }
  /** A buffer made an element fail and was put aside. */
  | {
      readonly type: 'quarantine';
      readonly element: string;
      readonly source: string;
      readonly epoch?: number;
      readonly sequence?: number;
      readonly pts: Microseconds;
      /** How often the element has failed on it. */
      readonly attempts?: number;
      /** Where it has been written to. */
      readonly file?: string;
      readonly error: ElementError;
    }
  /** A queue reached a limit, or ran dry while its reader waited; at most one a second of each. `time` is stream time. */
  | {
      readonly type: 'overrun' | 'underrun';
      readonly element: string;
      readonly pad: string;
      readonly buffers: number;
      readonly bytes: number;
      readonly time: Microseconds;
    }
  /** The graph has been changed: elements have come and gone. */
  | { readonly type: 'edited'; readonly added: readonly string[]; readonly removed: readonly string[] }
  /** How long data takes to the sinks is another since the graph has been changed. */
  | { readonly type: 'latency'; readonly latency: Latency }
  /** The graph goes by this clock from now on: that of the element of this name, or `system`. */
  | { readonly type: 'clock-selected'; readonly clock: string }
  /** The clock that an element provided, and the graph went by, is gone. */
  | { readonly type: 'clock-lost'; readonly element: string; readonly reason: string }
  /** A step against overload has been taken or undone. */
  | ({ readonly type: 'overload' } & OverloadRecord)
  /** What an element has to say that others need not understand. */
  | { readonly type: 'element'; readonly element: string; readonly name: string; readonly value: unknown };

export type MessageType = Message['type'];
