// Changes a graph while it runs, one edit after the other.

import { planEdit } from './edit-plan.ts';
import { EditTransaction } from './edit-transaction.ts';
import type { EditedGraph } from './edited-graph.ts';
import { ElementRemoval } from './element-removal.ts';
import type { GraphEdit } from './graph-edit.ts';

export class GraphEditor {
  private readonly graph: EditedGraph;
  private last: Promise<unknown> = Promise.resolve();

  constructor(graph: EditedGraph) {
    this.graph = graph;
  }

  /** Carries an edit out, once those before it are done. @throws What speaks against it; the graph is then as it was. */
  edit(edit: GraphEdit): Promise<void> {
    const done = this.last.then(() => this.carryOut(edit));
    this.last = done.catch(() => {});
    return done;
  }

  /** Resolves when no edit is under way. */
  get idle(): Promise<unknown> {
    return this.last;
  }

  private async carryOut(edit: GraphEdit): Promise<void> {
    const { graph } = this;
    if (graph.failure !== undefined) throw graph.failure;
    const plan = await planEdit(edit, graph);
    await new EditTransaction(plan, graph).carryOut();
    for (const { sink } of plan.cuts) {
      await Promise.race([sink.end, graph.aborted]);
      if (graph.failure !== undefined) throw graph.failure;
      sink.peer = undefined;
      sink.element.padChanges.remove(sink);
      await sink.element.padChanges.takeEffect();
    }
    if (plan.removed.size === 0) return;
    const removal = new ElementRemoval(plan.removed, graph);
    await (plan.drain ? removal.drain() : removal.drop());
  }
}
