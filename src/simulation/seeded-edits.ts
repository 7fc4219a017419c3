// Edits of a graph while it is simulated: each is begun before a step that follows from the seed and its place in the plan.
import type { Pipeline } from '../core/pipeline/pipeline.ts';
import { chanceOf } from './choices.ts';
import type { PlannedEdit } from './fault-plan.ts';

/** An edit that has been begun. */
export interface EditMade {
  /** Its place in the plan. */
  readonly index: number;
  /** After how many steps it was begun. */
  readonly step: number;
  /** Missing while it is under way. */
  outcome?: 'made' | 'refused';
  /** Of what it was refused. */
  reason?: string;
}

export class SeededEdits {
  readonly made: EditMade[] = [];
  private readonly pipeline: Pipeline;
  private readonly edits: readonly PlannedEdit[];
  private readonly note: (line: string) => void;
  /** What is still to come, by step. */
  private readonly due: { readonly index: number; readonly step: number }[];

  constructor(edits: readonly PlannedEdit[], seed: number, pipeline: Pipeline, note: (line: string) => void) {
    this.pipeline = pipeline;
    this.edits = edits;
    this.note = note;
    this.due = edits
      .map(({ from, to }, index) => ({ index, step: from + Math.floor(chanceOf(seed, `edit:${index}`) * Math.max(1, to - from)) }))
      .sort((a, b) => a.step - b.step || a.index - b.index);
  }

  /** Begins the edits whose step has come, once the graph plays. */
  advance(step: number): void {
    while (this.due[0] !== undefined && this.due[0].step <= step && this.pipeline.state === 'playing') {
      const { index } = this.due.shift()!;
      const made: EditMade = { index, step };
      this.made.push(made);
      this.note(`edit ${index}`);
      const end = (outcome: 'made' | 'refused', reason?: string): void => {
        made.outcome = outcome;
        if (reason !== undefined) made.reason = reason;
        this.note(`edit ${index} ${outcome} ${reason ?? ''}`);
      };
      this.pipeline.edit(this.edits[index]!.edit).then(
        () => end('made'),
        (error: unknown) => end('refused', error instanceof Error ? error.message : String(error)),
      );
    }
  }
}
