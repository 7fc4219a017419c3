import type { TestPipeline } from './test-pipeline.ts';

/** Waits for what is to come of a graph that runs by the machine's clock: there is no other way to know when others have done their part. */
export class Watch {
  private readonly waiting = new Set<() => void>();
  private failure: unknown;

  /** Something has come; for sinks. */
  readonly look = (): void => {
    for (const one of this.waiting) one();
  };

  /** Plays a graph. */
  play(made: TestPipeline) {
    made.pipeline.bus.on('*', this.look);
    const running = made.pipeline.run();
    running.catch((error) => {
      this.failure = error;
      this.look();
    });
    const codes = (): string[] => made.messages.flatMap((message) => ('code' in message ? [String(message.code)] : []));
    const stop = async (): Promise<void> => {
      made.pipeline.stop();
      await running;
      made.assertClean();
    };
    return { running, until: this.until, codes, stop };
  }

  /** Resolves once a condition holds, which is looked at whenever something has come, be it of the graph or of its bus. */
  private readonly until = (condition: () => boolean): Promise<void> =>
    new Promise((resolve, reject) => {
      const check = (): void => {
        if (this.failure === undefined && !condition()) return;
        this.waiting.delete(check);
        if (this.failure === undefined) resolve();
        else reject(this.failure);
      };
      this.waiting.add(check);
      check();
    });
}
