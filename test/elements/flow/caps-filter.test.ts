import assert from 'node:assert/strict';
import { caps } from '../../../src/core/caps/caps.ts';
import { anyMedia, srcPad } from '../../../src/core/element/pad-template.ts';
import { StreamBuffer } from '../../../src/core/stream/buffer.ts';
import { capsFilter } from '../../../src/elements/flow/caps-filter.ts';
import { probe, type Seen } from '../../support/probe.ts';
import { testPipeline } from '../../support/test-pipeline.ts';
import { tinyElement } from '../../support/tiny-element.ts';

/** Can give pictures of any size up to 2000, in two formats. */
const camera = tinyElement('camera', {
  pads: { src: srcPad(anyMedia()) },
  negotiate: { srcCaps: () => caps('video/raw', { format: { anyOf: ['I420', 'RGB'] }, width: { min: 16, max: 2000 } }) },
  create: ({ caps: { src } }) => {
    let left = 2;
    return { produce: () => (left-- > 0 ? new StreamBuffer({ caps: src!, pts: 0 }) : undefined) };
  },
});

async function filtered(written: unknown) {
  const seen: Seen[] = [];
  const { pipeline, assertClean } = testPipeline([camera, capsFilter, probe('sink', seen)], {
    elements: { 'caps-filter': { props: { caps: written } } },
    links: ['camera ! caps-filter ! sink'],
  });
  await pipeline.run();
  assertClean();
  return seen.map((one) => (one.type === 'buffer' ? one.caps.fields : undefined));
}

describe('caps-filter', () => {
  describe('negotiation', () => {
    it('has upstream give what it asks for, written as text', async () => {
      assert.deepEqual(await filtered('video/raw(format=RGB, width=640..1280)'), [
        { format: 'RGB', width: 640 },
        { format: 'RGB', width: 640 },
      ]);
    });

    it('has upstream give what it asks for, written as JSON', async () => {
      assert.deepEqual((await filtered({ media: 'video/raw', fields: { width: { min: 320, max: 640 } } }))[0], {
        format: 'I420',
        width: 320,
      });
      assert.deepEqual((await filtered([{ media: 'audio/raw' }, { media: 'video/raw' }]))[0], { format: 'I420', width: 16 });
    });

    it('asks downstream too', async () => {
      const second = { ...capsFilter, name: 'second' };
      const seen: Seen[] = [];
      const { pipeline } = testPipeline([camera, capsFilter, second, probe('sink', seen)], {
        elements: {
          'caps-filter': { props: { caps: 'video/raw(width=100..200)' } },
          second: { props: { caps: 'video/raw(width=150..300)' } },
        },
        links: ['camera ! caps-filter ! second ! sink'],
      });
      await pipeline.run();
      assert.equal(seen[0]!.type === 'buffer' && seen[0]!.caps.fields.width, 150);
    });

    it('says what does not fit', async () => {
      await assert.rejects(
        filtered('video/raw(width=4000)'),
        /Cannot link camera.src to caps-filter.sink: width 16..2000 does not fit 4000/,
      );
    });
  });

  describe('props', () => {
    it('name the column where caps cannot be read', async () => {
      await assert.rejects(filtered('video/raw(width='), {
        name: 'GraphError',
        message: /\/elements\/caps-filter\/props\/caps: Expected a value in caps at column 17/,
      });
    });

    it('refuse JSON that is no caps', async () => {
      await assert.rejects(filtered({ media: 'video/raw', fields: { width: null } }), /Expected video\/raw.width to be a value, a range/);
    });
  });
});
