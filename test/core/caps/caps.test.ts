import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  type Caps,
  type CapsStructure,
  caps,
  fixateCaps,
  formatCaps,
  intersectCaps,
  intersectStructures,
  isEmptyCaps,
  isFixedCaps,
  sameCaps,
} from '../../../src/core/caps/caps.ts';
import {
  type CapsValue,
  fixateValue,
  formatValue,
  intersectValues,
  isChoice,
  isRange,
  isTuple,
} from '../../../src/core/caps/caps-value.ts';
import { conflictingFields } from '../../../src/core/caps/explain-caps.ts';

// The reference: a value is the set of things it allows, out of a world small enough to be written out.
const NUMBERS = Array.from({ length: 13 }, (_, index) => index);
const SCALARS: readonly CapsValue[] = [...NUMBERS, 'a', 'b', 'c', true, false];
const PAIRS: readonly CapsValue[] = NUMBERS.flatMap((one) => NUMBERS.map((other) => [one, other]));
const WORLD: readonly CapsValue[] = [...SCALARS, ...NUMBERS.map((one) => [one]), ...PAIRS];

function allows(value: CapsValue, thing: CapsValue): boolean {
  if (isChoice(value)) return value.anyOf.some((one) => allows(one, thing));
  if (isTuple(value)) return isTuple(thing) && thing.length === value.length && value.every((one, index) => allows(one, thing[index]!));
  if (!isRange(value)) return value === thing;
  if (typeof thing !== 'number' || thing < value.min || thing > value.max) return false;
  return value.step === undefined || Number.isInteger((thing - value.min) / value.step);
}

const membersOf = (value: CapsValue | undefined): string[] =>
  value === undefined ? [] : WORLD.filter((thing) => allows(value, thing)).map((thing) => JSON.stringify(thing));

const small = fc.nat(12);
const range = fc
  .tuple(small, small, fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }))
  .map(([a, b, step]) => ({ min: Math.min(a, b), max: Math.max(a, b), ...(step === undefined ? {} : { step }) }));
const scalar = fc.oneof(small, fc.constantFrom('a', 'b', 'c', true, false));
const single = fc.oneof(scalar, range);
const choiceOf = (one: fc.Arbitrary<CapsValue>): fc.Arbitrary<CapsValue> =>
  fc.array(one, { minLength: 1, maxLength: 4 }).map((anyOf) => ({ anyOf }));
const number: fc.Arbitrary<CapsValue> = fc.oneof(small, range, choiceOf(fc.oneof(small, range)));
const tuple = fc.array(number, { minLength: 1, maxLength: 2 });
const value: fc.Arbitrary<CapsValue> = fc.oneof(single, choiceOf(fc.oneof(single, tuple)), tuple);

const structure: fc.Arbitrary<CapsStructure> = fc.record({
  media: fc.constantFrom('video', 'audio'),
  fields: fc.dictionary(fc.constantFrom('width', 'height', 'format'), fc.oneof(scalar, range, choiceOf(scalar)), { maxKeys: 3 }),
});
const anyCaps: fc.Arbitrary<Caps> = fc.oneof(
  { weight: 1, arbitrary: fc.constant('any' as const) },
  { weight: 9, arbitrary: fc.array(structure, { maxLength: 3 }) },
);

/** Every fixed structure of a small world that caps allow. */
const FIXED: readonly CapsStructure[] = ['video', 'audio'].flatMap((media) =>
  [0, 4, 7, 'a'].flatMap((width) =>
    [0, 6, 'b'].flatMap((height) => [1, 'a', true].map((format) => ({ media, fields: { width, height, format } }))),
  ),
);
const allowsStructure = (one: Caps, fixed: CapsStructure): boolean =>
  one === 'any' ||
  one.some(
    ({ media, fields }) =>
      media === fixed.media && Object.entries(fields).every(([name, field]) => allows(field, fixed.fields[name] ?? Number.NaN)),
  );
const setOf = (one: Caps): boolean[] => FIXED.map((fixed) => allowsStructure(one, fixed));

describe('caps values', () => {
  it('intersect to exactly what both allow', () => {
    fc.assert(
      fc.property(value, value, (a, b) => {
        const both = membersOf(a).filter((thing) => membersOf(b).includes(thing));
        assert.deepEqual(membersOf(intersectValues(a, b)), both, `${formatValue(a)} and ${formatValue(b)}`);
      }),
      { numRuns: 3000 },
    );
  });

  it('intersect alike whichever comes first, but for the order of preference', () => {
    fc.assert(fc.property(value, value, (a, b) => assert.deepEqual(membersOf(intersectValues(a, b)), membersOf(intersectValues(b, a)))));
  });

  it('intersect alike in whichever order three are taken', () => {
    const both = (a: CapsValue | undefined, b: CapsValue | undefined) =>
      a === undefined || b === undefined ? undefined : intersectValues(a, b);
    fc.assert(
      fc.property(value, value, value, (a, b, c) =>
        assert.deepEqual(membersOf(both(both(a, b), c)), membersOf(both(a, intersectValues(b, c)))),
      ),
    );
  });

  it('intersect with themselves to themselves', () => {
    fc.assert(fc.property(value, (a) => assert.deepEqual(membersOf(intersectValues(a, a)), membersOf(a))));
  });

  it('keep the preference of the first', () => {
    assert.deepEqual(intersectValues({ anyOf: ['c', 'a', 'b'] }, { anyOf: ['a', 'b', 'c'] }), { anyOf: ['c', 'a', 'b'] });
    assert.deepEqual(intersectValues('b', { anyOf: ['a', 'b'] }), 'b');
  });

  it('find the steps that two ranges share', () => {
    assert.deepEqual(intersectValues({ min: 0, max: 100, step: 4 }, { min: 2, max: 100, step: 6 }), { min: 8, max: 92, step: 12 });
    assert.deepEqual(intersectValues({ min: 0.5, max: 8, step: 1 }, { min: 2, max: 4 }), { min: 2.5, max: 3.5, step: 1 });
    assert.equal(intersectValues({ min: 0, max: 100, step: 2 }, { min: 1, max: 99, step: 2 }), undefined);
    assert.equal(intersectValues({ min: 0, max: 16, step: 16 }, { min: 1, max: 20 }), 16);
  });

  it('settle on something they allow, with nothing left open', () => {
    fc.assert(
      fc.property(value, (a) => {
        const fixed = fixateValue(a);
        assert.ok(allows(a, fixed), `${formatValue(fixed)} of ${formatValue(a)}`);
        assert.deepEqual(fixateValue(fixed), fixed);
      }),
    );
  });

  it('are written as people write them', () => {
    assert.equal(formatValue([1, 3, { min: 1, max: Number.MAX_SAFE_INTEGER }, { anyOf: [320, 640] }]), '1×3×1..×{320, 640}');
    assert.equal(formatValue({ min: 2, max: 8, step: 2 }), '2..8 step 2');
  });
});

describe('caps', () => {
  it('intersect to exactly what both allow', () => {
    fc.assert(
      fc.property(anyCaps, anyCaps, (a, b) => {
        const [ofA, ofB] = [setOf(a), setOf(b)];
        assert.deepEqual(
          setOf(intersectCaps(a, b)),
          ofA.map((one, index) => one && ofB[index]!),
        );
      }),
      { numRuns: 1000 },
    );
  });

  it('intersect alike whichever comes first, in whichever order three are taken, and with themselves to themselves', () => {
    fc.assert(
      fc.property(anyCaps, anyCaps, anyCaps, (a, b, c) => {
        assert.deepEqual(setOf(intersectCaps(a, b)), setOf(intersectCaps(b, a)));
        assert.deepEqual(setOf(intersectCaps(intersectCaps(a, b), c)), setOf(intersectCaps(a, intersectCaps(b, c))));
        assert.deepEqual(setOf(intersectCaps(a, a)), setOf(a));
      }),
    );
  });

  it('do not multiply where alternatives overlap', () => {
    const overlapping: Caps = [...caps('video', { width: { min: 1, max: 9 } }), ...caps('video', { width: { min: 5, max: 12 } })];
    let common: Caps = overlapping;
    for (let link = 0; link < 20; link++) common = intersectCaps(common, overlapping);
    assert.ok(common.length <= 3, formatCaps(common));
  });

  it('take a field that only one side names from that side', () => {
    const [both] = intersectCaps(caps('video', { width: 4 }), caps('video', { height: 3 })) as CapsStructure[];
    assert.deepEqual(both, { media: 'video', fields: { height: 3, width: 4 } });
  });

  it('carry info along without negotiating about it, the first one first', () => {
    const [both] = intersectCaps(caps('video', {}, { rate: 30 }), caps('video', {}, { rate: 25, matrix: 'bt709' })) as CapsStructure[];
    assert.deepEqual(both!.info, { rate: 30, matrix: 'bt709' });
  });

  it('settle on a member of themselves', () => {
    fc.assert(
      fc.property(anyCaps, (one) => {
        const fixed = fixateCaps(one);
        if (one === 'any' || one.length === 0) return assert.equal(fixed, undefined);
        assert.ok(isFixedCaps([fixed!]));
        assert.ok(!isEmptyCaps(intersectCaps([fixed!], one)), `${formatCaps([fixed!])} of ${formatCaps(one)}`);
      }),
    );
  });

  it('are the same when their fields are, and their info by identity', () => {
    const [a, b] = [caps('video', { width: 4, shape: [1, 2] })[0], caps('video', { shape: [1, 2], width: 4 })[0]];
    assert.ok(sameCaps(a, b));
    assert.ok(!sameCaps(a, caps('video', { width: 4 })[0]));
    const model = {};
    assert.ok(sameCaps({ ...a, info: { model } }, { ...b, info: { model } }));
    assert.ok(!sameCaps({ ...a, info: { model } }, { ...b, info: { model: {} } }));
  });
});

describe('conflicting fields', () => {
  const structures = fc.array(structure, { minLength: 1, maxLength: 3 });
  const without = ({ media, fields }: CapsStructure, names: readonly string[]): CapsStructure => ({
    media,
    fields: Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name))),
  });

  it('explain every empty intersection by as few fields as will do', () => {
    let explained = 0;
    fc.assert(
      fc.property(structures, structures, (offered, accepted) => {
        if (!isEmptyCaps(intersectCaps(offered, accepted))) return;
        const conflicts = conflictingFields(offered, accepted);
        const pairs = offered.flatMap((one) => accepted.filter(({ media }) => media === one.media).map((other) => [one, other] as const));
        if (conflicts === undefined) return assert.deepEqual(pairs, [], 'only where no media type is common');
        explained++;
        const names = conflicts.map(({ field }) => field);
        const fits = (left: readonly string[]): boolean =>
          pairs.some(([one, other]) => intersectStructures(without(one, left), other) !== undefined);
        assert.ok(fits(names), 'without these fields they fit');
        for (const omitted of names) assert.ok(conflicts.length === 1 || !fits(names.filter((name) => name !== omitted)));
        const others = ['width', 'height', 'format'];
        if (names.length > 1) assert.ok(!others.some((name) => fits([name])), 'no single field would do');
      }),
      { numRuns: 2000 },
    );
    assert.ok(explained > 50, `only ${explained} were in conflict`);
  });

  it('say what was offered and what was accepted', () => {
    const conflicts = conflictingFields(
      caps('tensor', { dtype: 'float32', shape: [1, 3, 320, 320] }),
      caps('tensor', { dtype: { anyOf: ['float32', 'float16'] }, shape: [1, 3, 640, { min: 1, max: 640 }] }),
    );
    assert.deepEqual(
      conflicts?.map(({ field, offered, accepted }) => ({ field, offered, accepted })),
      [{ field: 'shape', offered: '1×3×320×320', accepted: '1×3×640×1..640' }],
    );
  });
});
