import type { Pipeline } from '../../src/core/pipeline/pipeline.ts';

/** Resolves once an element of a graph that runs outside of all test clocks has handled so many buffers; rejects where its run fails before. */
export function untilHandled(pipeline: Pipeline, run: Promise<unknown>, element: string, count: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const look = setInterval(() => {
      const { handled } = pipeline.summary().elements.find(({ name }) => name === element)!;
      if (handled < count) return;
      clearInterval(look);
      resolve();
    }, 20);
    run.catch((error) => {
      clearInterval(look);
      reject(error);
    });
  });
}
