import type { Arena } from '../../memory/arena.ts';
import type { ThreadBudget } from '../../threads/thread-budget.ts';
import type { ElementHost } from '../element/element-host.ts';
import type { FileClaims } from '../pipeline/file-claims.ts';
import type { PipelineClock } from '../time/pipeline-clock.ts';

/** What a worker thread is given by the pipeline whose elements run in it. */
export interface ThreadHost {
  readonly arena: Arena;
  readonly clock: PipelineClock;
  /** Whether what drives the pipeline goes as the machine's clock does, which every thread can read. */
  readonly isMachineTime: boolean;
  readonly budget: ThreadBudget;
  readonly claims: FileClaims;
  readonly elements: ElementHost;
  /** The address of the module that exports an element's definition. */
  moduleOf(type: string): string | undefined;
}
