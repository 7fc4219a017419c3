import assert from 'node:assert/strict';
import { z } from 'zod';
import { probe, scriptedSource } from '../../support/probe.ts';
import { testPipeline } from '../../support/test-pipeline.ts';
import { FILTER_PADS, filter, tinyElement } from '../../support/tiny-element.ts';

describe('setProps', () => {
  const made = (update?: (props: unknown) => void) => {
    const given: unknown[] = [];
    const element = tinyElement('element', {
      pads: FILTER_PADS,
      props: z.strictObject({ level: z.int().min(0).default(1), other: z.string().default('x') }),
      create: (tiny: unknown) => {
        given.push((tiny as { props: unknown }).props);
        return { transform: (buffer: unknown) => buffer, ...(update === undefined ? {} : { update }) };
      },
    } as never);
    return { ...testPipeline([scriptedSource('source', [{}]), element, probe('sink', [])], { links: ['source ! element ! sink'] }), given };
  };

  it('gives the hook all props, defaults and earlier changes included', async () => {
    const updates: unknown[] = [];
    const { pipeline } = made((props) => updates.push(props));
    await pipeline.negotiate();
    pipeline.setProps('element', { level: 2 });
    pipeline.setProps('element', { other: 'y' });
    assert.deepEqual(updates, [
      { level: 2, other: 'x' },
      { level: 2, other: 'y' },
    ]);
    await pipeline.close();
  });

  it('changes any property before the pipeline is opened', async () => {
    const { pipeline, given } = made();
    pipeline.setProps('element', { level: 5 });
    await pipeline.run();
    assert.deepEqual(given, [{ level: 5, other: 'x' }]);
  });

  it('is refused by an open element without the hook, and the old value stays', async () => {
    const { pipeline, given } = made();
    await pipeline.open();
    assert.throws(() => pipeline.setProps('element', { level: 5 }), {
      code: 'element/not-changeable',
      message: /Cannot change level of element now: .*close the pipeline first/,
    });
    await pipeline.run();
    assert.deepEqual(given, [{ level: 1, other: 'x' }]);
  });

  it('keeps the old value when the hook refuses the new one', async () => {
    const { pipeline, given } = made(() => {
      throw new Error('only while it rains');
    });
    await pipeline.negotiate();
    assert.throws(() => pipeline.setProps('element', { level: 5 }), { element: 'element', message: /only while it rains/ });
    await pipeline.run();
    await pipeline.run();
    assert.deepEqual(given.at(-1), { level: 1, other: 'x' });
  });

  it('complains of values that are not valid and of elements that are not there', () => {
    const { pipeline } = made();
    assert.throws(() => pipeline.setProps('element', { level: -1 }), { name: 'GraphError', message: /\/elements\/element\/props\/level/ });
    assert.throws(() => pipeline.setProps('elemnt', {}), {
      name: 'RangeError',
      message: /There is no element named elemnt; did you mean element\?/,
    });
  });
});

describe('resource', () => {
  it('is what the element made when it was opened', async () => {
    const handle = {};
    const { pipeline } = testPipeline(
      [scriptedSource('source', []), filter('middle', (buffer) => buffer, { open: () => handle }), probe('sink', [])],
      {
        links: ['source ! middle ! sink'],
      },
    );
    assert.throws(() => pipeline.resource('middle'), { name: 'RangeError', message: /not open; await open\(\) first/ });
    await pipeline.open();
    assert.equal(pipeline.resource('middle'), handle);
    assert.throws(() => pipeline.resource('center'), { name: 'RangeError' });
    await pipeline.close();
  });
});
