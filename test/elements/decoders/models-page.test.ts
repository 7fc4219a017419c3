// docs/models.md says how to describe a model: its tables and its examples have to be what the program takes.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { FixedCaps } from '../../../src/core/caps/caps.ts';
import { classificationReading } from '../../../src/elements/decoders/classification-reading.ts';
import { detectionReading } from '../../../src/elements/decoders/detection-reading.ts';
import { manifest } from '../../../src/inference/manifest.ts';
import { chooseHead, planHead } from '../../../src/media/detection-heads/choose-head.ts';
import { detectionHeads } from '../../../src/media/detection-heads/detection-heads.ts';

const page = readFileSync(new URL('../../../docs/models.md', import.meta.url), 'utf8');
const examples = [...page.matchAll(/```json\n([\s\S]*?)```/g)].map(([, text]) => manifest.parse(JSON.parse(text!)));

interface Param {
  readonly default?: unknown;
  readonly description: string;
}

describe('docs/models.md', () => {
  it('has an example of every family', () => {
    const types = new Set(examples.map(({ decoder }) => decoder?.type));
    assert.deepEqual([...types].sort(), [...detectionHeads.map(({ type }) => type), 'classification'].sort());
  });

  for (const [index, model] of examples.entries()) {
    it(`shows a manifest that fits its decoder: ${model.name}`, () => {
      const caps: FixedCaps = { media: 'tensors', fields: {}, info: { model } };
      if (model.decoder?.type === 'classification') {
        classificationReading({}, caps);
        return;
      }
      detectionReading(detectionHeads, { params: {} }, caps);
      // Once more with what is open filled in, since only then shapes are compared.
      const outputs = Object.entries(model.outputs).map(([name, { axes, shape, ...output }]) => {
        const hasBatch = axes.length === 0 || axes[0] === 'batch';
        const item = shape.slice(hasBatch ? 1 : 0).map((size) => (typeof size === 'number' ? size : 5));
        return { ...output, name, shape: item, axes: axes.slice(hasBatch ? 1 : 0) };
      });
      const { type, scoreThreshold: _, iouThreshold: __, ...params } = model.decoder!;
      const [, height, width] = Object.values(model.inputs)[0]!.shape.slice(1) as number[];
      const task = { outputs, picture: { width: width!, height: height! }, labels: model.labels!.length, threshold: 0.5 };
      planHead(detectionHeads, chooseHead(detectionHeads, type, params), task);
      assert.equal(
        examples.findIndex(({ name }) => name === model.name),
        index,
        'names are unique',
      );
    });
  }

  for (const { type, summary, looks, params } of detectionHeads) {
    it(`says what ${type} is, and what its params are`, () => {
      assert.ok(page.includes(`| \`${type}\` | ${summary} | ${looks[0]!.toUpperCase()}${looks.slice(1)}. |`), 'a row of the table');
      const { properties = {} } = z.toJSONSchema(params, { io: 'input' }) as { properties?: Record<string, Param> };
      for (const [name, { default: usual, description }] of Object.entries(properties)) {
        assert.ok(page.includes(`| \`${name}\` | `) && page.includes(description), name);
        if (type !== 'yolov7' && usual !== undefined)
          assert.ok(page.includes(`| \`${name}\` | \`${JSON.stringify(usual)}\` | ${description} |`), name);
      }
    });
  }
});
