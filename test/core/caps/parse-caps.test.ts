import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type Caps, type CapsStructure, formatCaps } from '../../../src/core/caps/caps.ts';
import type { CapsValue } from '../../../src/core/caps/caps-value.ts';
import { parseCaps, readCaps } from '../../../src/core/caps/parse-caps.ts';

describe('parseCaps', () => {
  const cases: readonly [string, Caps][] = [
    ['anything', 'any'],
    ['nothing', []],
    ['video/raw', [{ media: 'video/raw', fields: {} }]],
    ['video/raw()', [{ media: 'video/raw', fields: {} }]],
    [' video/raw ( format = RGB ) ', [{ media: 'video/raw', fields: { format: 'RGB' } }]],
    ['video/raw(format=RGB, width=640..1280)', [{ media: 'video/raw', fields: { format: 'RGB', width: { min: 640, max: 1280 } } }]],
    ['a(n=1..)', [{ media: 'a', fields: { n: { min: 1, max: Number.MAX_SAFE_INTEGER } } }]],
    ['a(n=16..64 step 16)', [{ media: 'a', fields: { n: { min: 16, max: 64, step: 16 } } }]],
    ['a(n=-1.5..2.5)', [{ media: 'a', fields: { n: { min: -1.5, max: 2.5 } } }]],
    ['a(f={RGB, BGR})', [{ media: 'a', fields: { f: { anyOf: ['RGB', 'BGR'] } } }]],
    ['tensor(shape=1×3×320×1..)', [{ media: 'tensor', fields: { shape: [1, 3, 320, { min: 1, max: Number.MAX_SAFE_INTEGER }] } }]],
    ['tensor(shape=1x3x320x320)', [{ media: 'tensor', fields: { shape: [1, 3, 320, 320] } }]],
    ['tensor(shape=[1000])', [{ media: 'tensor', fields: { shape: [1000] } }]],
    [
      'a(on=true, off=false, text="true", size="640", odd="a b")',
      [{ media: 'a', fields: { on: true, off: false, text: 'true', size: '640', odd: 'a b' } }],
    ],
    ['a(mode=720p)', [{ media: 'a', fields: { mode: '720p' } }]],
    [
      'video/raw or tensor',
      [
        { media: 'video/raw', fields: {} },
        { media: 'tensor', fields: {} },
      ],
    ],
  ];
  for (const [text, expected] of cases) it(`reads ${text}`, () => assert.deepEqual(parseCaps(text), expected));

  const faults: readonly [string, RegExp][] = [
    ['', /Expected a media type such as video\/raw in caps at column 1, found the end/],
    ['video/raw(', /Expected the name of a field in caps at column 11, found the end/],
    ['video/raw(width)', /Expected = in caps at column 16, found "\)"/],
    ['video/raw(width=)', /Expected a value in caps at column 17, found "\)"/],
    ['video/raw(width=1', /Expected , or \) in caps at column 18, found the end/],
    ['video/raw(width=1, width=2)', /Expected width only once/],
    ['video/raw(width=9..1)', /Expected a range that rises from 9/],
    ['video/raw(format={RGB', /Expected , or } in caps at column 22/],
    ['video/raw tensor', /Expected or in caps at column 11, found "tensor"/],
    ['a(b=1) and a very long rest', /found "and a very l…"/],
  ];
  for (const [text, message] of faults) {
    it(`complains of ${JSON.stringify(text)}`, () => assert.throws(() => parseCaps(text), { code: 'graph/bad-caps', message }));
  }

  it('reads back whatever formatCaps writes', () => {
    const number = fc
      .oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }))
      .map((value) => value + 0);
    const scalar = fc.oneof(
      fc.string(),
      number,
      fc.boolean(),
      fc.constantFrom('RGB', 'video/h264', 'or', 'true', '1x2', '..', '720p', '+1', '.5'),
    );
    const range = fc
      .record({ min: fc.integer(), span: fc.nat(), step: fc.option(fc.integer({ min: 1, max: 64 }), { nil: undefined }) })
      .map(({ min, span, step }) => ({ min, max: min + span, ...(step === undefined ? {} : { step }) }));
    const { value } = fc.letrec<{ value: CapsValue }>((tie) => ({
      value: fc.oneof(
        { depthSize: 'small', maxDepth: 3 },
        scalar,
        range,
        fc.array(tie('value'), { maxLength: 4 }),
        fc.array(tie('value'), { minLength: 1, maxLength: 3 }).map((anyOf) => ({ anyOf })),
      ),
    }));
    const name = fc.stringMatching(/^[A-Za-z_][\w-]{0,8}$/).filter((one) => one !== '__proto__');
    const structure: fc.Arbitrary<CapsStructure> = fc.record({
      media: fc.stringMatching(/^[a-z]+\/[a-z0-9.-]+$/),
      fields: fc.dictionary(name, value),
    });
    fc.assert(
      fc.property(fc.array(structure, { maxLength: 3 }), (list) => {
        assert.deepEqual(JSON.parse(JSON.stringify(parseCaps(formatCaps(list)))), JSON.parse(JSON.stringify(list)));
      }),
      { numRuns: 500 },
    );
  });
});

describe('readCaps', () => {
  it('takes one structure or a list of them as JSON', () => {
    const one = { media: 'tensor', fields: { shape: [1, { min: 1, max: 4 }, { anyOf: [3, 4] }] } };
    assert.deepEqual(readCaps(one), [one]);
    assert.deepEqual(readCaps([one, { media: 'text' }]), [one, { media: 'text', fields: {} }]);
  });

  it('names what is wrong with JSON', () => {
    assert.throws(() => readCaps({ fields: {} }), { code: 'graph/bad-caps', message: /name a media type/ });
    assert.throws(() => readCaps({ media: 'a', width: 1 }), { code: 'graph/bad-caps', message: /found width/ });
    assert.throws(() => readCaps({ media: 'a', fields: { b: { min: 2, max: 1 } } }), {
      message: /Expected a\.b to be .* found {"min":2,"max":1}/,
    });
    assert.throws(() => readCaps(7), { code: 'graph/bad-caps' });
  });
});
