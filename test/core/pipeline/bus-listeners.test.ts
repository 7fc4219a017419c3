import assert from 'node:assert/strict';
import { steadyPipeline } from '../../support/test-pipeline.ts';
import { THROWN } from '../../support/thrown.ts';
import { countingSource, notingSink } from '../../support/tiny-element.ts';

describe('a listener that throws', () => {
  it('costs nothing but a warning, whatever it throws, at once or later, and others hear all the same', async () => {
    for (const [what, thrown, message] of THROWN) {
      for (const listener of [
        () => {
          throw thrown;
        },
        () => Promise.reject(thrown),
      ] as (() => void)[]) {
        const seen: number[] = [];
        const warnings: Error[] = [];
        const note = (warning: Error): void => void warnings.push(warning);
        process.on('warning', note);
        const test = steadyPipeline([countingSource('source', { count: 6, slabBytes: 64 }), notingSink('sink', seen)], {
          links: ['source ! sink'],
        });
        const states: string[] = [];
        test.pipeline.bus.on('state-changed', listener);
        test.pipeline.bus.on('state-changed', ({ to }) => states.push(to));
        const { warnings: logged } = await test.pipeline.run();
        await new Promise(setImmediate);
        process.off('warning', note);
        assert.deepEqual(
          [seen, states],
          [
            [0, 1, 2, 3, 4, 5],
            ['ready', 'paused', 'playing', 'null'],
          ],
          what,
        );
        const text = `A listener failed on a message of type state-changed: ${message}; the graph goes on, and it is not told of again`;
        assert.deepEqual(
          test.heard('warning').map((one) => [one.code, one.text]),
          [['pipeline/listener-failed', text]],
        );
        assert.deepEqual(
          logged!.map(({ code, count }) => [code, count]),
          [['pipeline/listener-failed', 1]],
        );
        assert.deepEqual(
          warnings.map(({ message: told, name }) => [name, told]),
          [['PipelineWarning', text]],
        );
        test.assertClean();
      }
    }
  });

  it('is not told of again, though it hears of its own fault', async () => {
    const test = steadyPipeline([countingSource('source', { count: 1 }), notingSink('sink', [])], { links: ['source ! sink'] });
    const quiet = (): void => {};
    process.on('warning', quiet);
    test.pipeline.bus.on('*', () => {
      throw new Error('always');
    });
    await test.pipeline.run();
    await new Promise(setImmediate);
    process.off('warning', quiet);
    assert.equal(test.heard('warning').length, 1);
  });
});
