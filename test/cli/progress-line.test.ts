import assert from 'node:assert/strict';
import { formatProgress, fractionOf } from '../../src/cli/progress-line.ts';

describe('progress line', () => {
  it('shows percent, frames, frames a second and what is left', () => {
    assert.equal(formatProgress({ frames: 126, elapsed: 4e6, fps: 36.54, fraction: 0.4 }), ' 40 %  126 frames  36.5 fps  6.00 s left');
  });

  it('shows the time that has passed where nobody knows the end', () => {
    assert.equal(formatProgress({ frames: 126, elapsed: 4e6, fps: 1234.5, fraction: undefined }), '126 frames  1235 fps  4.00 s');
  });

  it('shows no rate before there is one', () => {
    assert.equal(formatProgress({ frames: 0, elapsed: 0, fps: 0, fraction: 0 }), '  0 %  0 frames');
  });

  it('counts what is done of the stream, or of the time that was set', () => {
    assert.equal(fractionOf([{ position: 3e6, duration: 12e6 }], 1e6, undefined), 0.25);
    assert.equal(fractionOf([{ position: 3e6, duration: 12e6 }], 1e6, 2e6), 0.5);
    assert.equal(fractionOf([{ position: 3e6, duration: undefined }], 1e6, 4e6), 0.25);
    assert.equal(fractionOf([{ position: 3e6, duration: undefined }], 1e6, undefined), undefined);
    assert.equal(fractionOf([], 1e6, undefined), undefined);
  });

  it('counts the source that has the most left, however far the others are in time', () => {
    const [short, long] = [
      { position: 5e6, duration: 5e6 },
      { position: 6e6, duration: 24e6 },
    ];
    assert.equal(fractionOf([short, long], 1e6, undefined), 0.25);
    assert.equal(fractionOf([long, { position: 6e6, duration: undefined }], 1e6, undefined), undefined);
  });

  it('does not take a source that loops for one that is at its end', () => {
    assert.equal(fractionOf([{ position: 20e6, duration: 12e6 }], 1e6, undefined), undefined);
    assert.equal(fractionOf([{ position: 20e6, duration: 12e6 }], 1e6, 2e6), 0.5);
  });
});
