import assert from 'node:assert/strict';
import { InputOrigin } from '../../../src/media/reader/input-origin.ts';

describe('origin of the times of an input', () => {
  const SECOND = 1_000_000;
  const times = (origin: InputOrigin<string>, stream: string, ...own: readonly number[]): number[] =>
    own.map((one) => origin.since(one * SECOND, stream) / SECOND);

  it('leaves times as they are, holes and steps back included, as long as they are not before it', () => {
    assert.deepEqual(times(new InputOrigin(), 'video', 0, 1, 900, 3, 2, 0), [0, 1, 900, 3, 2, 0]);
  });

  it('takes what comes a little before the beginning as the beginning', () => {
    assert.deepEqual(times(new InputOrigin(), 'audio', -0.5, -0.25, 0, 1), [0, 0, 0, 1]);
  });

  it('begins anew where times fall far behind it, again and again', () => {
    assert.deepEqual(times(new InputOrigin(), 'video', 5, 6, -3600, -3599, -3598, -9000, -8999), [5, 6, 0, 1, 2, 0, 1]);
  });

  it('lets the streams of an input fall back together, each when it does', () => {
    const origin = new InputOrigin<string>();
    const seen = [
      times(origin, 'video', 5, -100),
      times(origin, 'audio', 5, 6),
      times(origin, 'video', -99),
      times(origin, 'audio', -99.5, -99),
    ];
    assert.deepEqual(seen, [[5, 0], [5, 6], [1], [0.5, 1]]);
  });
});
