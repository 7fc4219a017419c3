// The policies against what NNStreamer 2.7.0 was measured to give for the same inputs. Where Leat differs it says so.
import assert from 'node:assert/strict';
import { byTime, endOf, oneAfterTheOther, play, type ScriptOptions } from '../../support/join-script.ts';

const A = [0, 33, 66, 100, 133, 166, 200];
const B = [0, 50, 100, 150, 200, 250];
const two = (options: Partial<ScriptOptions>): ScriptOptions => ({ policy: 'slowest', inputs: [{}, {}], ...options });
const orders = {
  'by time': byTime(A, B),
  'one input after the other': oneAfterTheOther(A, B),
  'the other input first': oneAfterTheOther(B, A).map((step) => ({ ...step, input: 1 - step.input })),
};
const required = { required: true, onMissing: 'skip' } as const;

describe('slowest, as tensor_mux sync-mode=slowest', () => {
  const theirs = ['0(0,0)', '50(66,50)', '100(100,100)', '150(166,150)', '200(200,200)'];

  it('gives the same sets when every input is required', () => {
    const { sets } = play(two({ inputs: [required, required] }), [...byTime(A, B), ...endOf(0, 1)]);
    assert.deepEqual(
      sets.filter((set) => !set.startsWith('|')),
      theirs,
    );
  });

  it('gives the same sets whichever input comes first', () => {
    for (const script of Object.values(orders)) assert.deepEqual(play(two({}), script).sets.slice(0, 5), theirs);
  });

  it('drops what came before the other input began', () => {
    const { sets } = play(two({}), byTime([...A, 533], [500]));
    assert.deepEqual(sets, ['500(533,500)']);
  });

  it('loses nothing at the end, where theirs stops at the first input that ends', () => {
    const { sets, lost } = play(two({}), [...byTime(A, B), ...endOf(0, 1)]);
    assert.deepEqual(sets, [...theirs, '250(-,250)']);
    assert.deepEqual(lost, { unmatched: 2 });
  });
});

describe('arrival, as tensor_mux sync-mode=nosync', () => {
  const theirs = ['0(0,0)', '50(33,50)', '100(66,100)', '150(100,150)', '200(133,200)', '250(166,250)'];

  for (const [name, script] of Object.entries(orders)) {
    it(`gives the same sets when things come ${name}`, () => {
      assert.deepEqual(play(two({ policy: 'arrival' }), script).sets, theirs);
    });
  }
});

describe('base, as tensor_mux sync-mode=basepad', () => {
  it('gives the same sets within one interval of the base', () => {
    const theirs = ['0(0,0)', '33(33,50)', '66(66,50)', '100(100,100)', '133(133,150)', '166(166,150)', '200(200,200)'];
    for (const script of [byTime(A, B), oneAfterTheOther(A, B)]) {
      const { sets } = play(two({ policy: 'base', inputs: [{}, { tolerance: 33 }] }), [...script, ...endOf(0, 1)]);
      assert.deepEqual(sets, theirs);
    }
  });

  it('holds the one before, unless times are equal, with a tolerance of 0 and `last`', () => {
    const { sets } = play(two({ policy: 'base', inputs: [{}, { tolerance: 0, onMissing: 'last' }] }), [...byTime(A, B), ...endOf(0, 1)]);
    assert.deepEqual(sets, ['0(0,0)', '33(33,0*)', '66(66,50*)', '100(100,100)', '133(133,100*)', '166(166,150*)', '200(200,200)']);
  });

  it('takes a tolerance beyond the interval of the base at its word, where theirs cuts it', () => {
    const { sets } = play(two({ policy: 'base', inputs: [{}, { tolerance: 80 }] }), [...byTime([0, 33, 66], [110]), ...endOf(0, 1)]);
    assert.deepEqual(sets, ['0(0,-)', '33(33,110)', '66(66,110)']);
  });
});

describe('latest, as tensor_mux sync-mode=refresh', () => {
  it('makes a set on every arrival once all have been heard of: 12 for 13', () => {
    const { sets } = play(two({ policy: 'latest' }), [...byTime(A, B), ...endOf(0, 1)]);
    assert.deepEqual(sets, [
      '0(0,0)',
      '33(33,0)',
      '50(33,50)',
      '66(66,50)',
      '100(100,50)',
      '100(100,100)',
      '133(133,100)',
      '150(133,150)',
      '166(166,150)',
      '200(200,150)',
      '200(200,200)',
      '250(200,250)',
    ]);
  });

  it('goes on with the others after the first end, where theirs says that it has ended', () => {
    const { sets } = play(two({ policy: 'latest' }), [...byTime([0, 33], [0]), ...endOf(0), { input: 1, pts: 50 }]);
    assert.deepEqual(sets, ['0(0,0)', '33(33,0)', '50(33,50)']);
  });
});

describe('a gap where NNStreamer sends nothing', () => {
  it('keeps slowest going behind a branch that drops everything, where theirs stops for ever', () => {
    const { sets } = play(two({}), [
      { input: 0, pts: 0 },
      { input: 1, gap: 40 },
      { input: 0, pts: 33 },
      { input: 1, gap: 80 },
    ]);
    assert.deepEqual(sets, ['0(0,-)', '33(33,-)']);
  });
});
