// What the compiler knows of joined buffers: each wrong line below has to be refused, or the compiler complains of the mark above it.
import assert from 'node:assert/strict';
import { z } from 'zod';
import { caps } from '../../../src/core/caps/caps.ts';
import { defineElement } from '../../../src/core/element/define-element.ts';
import { sinkPad } from '../../../src/core/element/pad-template.ts';
import type { DetectionSet } from '../../../src/media/detection/detections.ts';
import type { JoinedPart } from '../../../src/media/joined.ts';
import { joined } from '../../../src/media/media-types.ts';
import { testElement } from '../../../src/testing/test-element.ts';

const [set] = caps('joined', { inputs: ['camera', 'objects'] });

describe('joined buffers', () => {
  it('know the parts that their pad names, and what each of them holds', async () => {
    const seen: unknown[] = [];
    const reader = defineElement({
      name: 'reader',
      klass: 'Sink/Test',
      summary: 'Reads sets.',
      example: 'reader',
      props: z.strictObject({}),
      pads: { sink: sinkPad(joined<{ camera: undefined; objects: DetectionSet }>()) },
      create: () => ({
        render: ({ value: { parts } }) => {
          const { camera, objects } = parts;
          // @ts-expect-error a part may be missing
          const unsure = (): unknown => objects.value;
          // @ts-expect-error there is no such part
          const wrong = (): unknown => parts.sound;
          // @ts-expect-error frames hold nothing beside their slabs
          const none = (): unknown => camera?.value.items;
          const written = (): void => {
            // @ts-expect-error parts are read, never written
            parts.camera = null;
          };
          const items: number | undefined = objects?.value.items.length;
          const typed: JoinedPart<DetectionSet> | null = objects;
          seen.push(items, typed?.pts, [unsure, wrong, none, written].length);
        },
      }),
    });
    const test = await testElement(reader, { caps: { sink: set } });
    const part = { caps: set, pts: 5, duration: undefined, slabs: [], bytes: 0, source: '', epoch: 0, sequence: 0, discont: false };
    const objects = { ...part, corrupt: false, meta: {}, bornAt: 0, value: { width: 1, height: 1, items: [{}, {}] } };
    await test.push({ pts: 5, value: { parts: { camera: null, objects }, complete: 0b10 } });
    await test.settled();
    assert.deepEqual(seen, [2, 5, 4]);
    await test.end();
  });
});
