import assert from 'node:assert/strict';
import type { RunStatistics } from '../../../src/cli/run-statistics.ts';
import { pluginText, runLeat } from '../run-leat.ts';
import { freshFolder } from './fresh-folder.ts';
import { type Case, runCases } from './run-cases.ts';

const FAULTY = pluginText(`
const faulty = (name, create, more = {}) =>
  defineElement({ ...common, name, pads: { sink: sinkPad(anyMedia()), src: srcPad(anyMedia()) }, create, ...more });
const never = () => new Promise(() => {});
const transform = (buffer) => buffer;
export const opening = faulty('opening', () => ({ transform }), { open: () => { throw new Error('No such device'); } });
export const creating = faulty('creating', () => { throw new TypeError('Cannot create'); });
export const throwing = faulty('throwing', () => { let count = 0; return { transform: (buffer) => { if (++count > 3) throw new Error('Too many'); return buffer; } }; });
export const rejecting = faulty('rejecting', () => ({ transform: async () => { throw 'a text'; } }));
export const finishing = faulty('finishing', () => ({ transform, finish: () => { throw new Error('Cannot finish'); } }));
export const shutting = faulty('shutting', () => ({ transform, close: () => { throw new Error('Cannot close'); } }));
export const wrong = faulty('wrong', () => ({ transform: () => 42 }));
export const straying = faulty('straying', () => { let count = 0;
  return { transform: (buffer) => { if (++count === 9) setTimeout(() => { throw new Error('Out of nowhere'); }); return buffer; } }; });
export const late = faulty('late', ({ context }) => { let push;
  return { chain: { sink: (buffer) => { push = () => context.push('src', buffer.derive({})); return context.push('src', buffer.derive({})); } },
    finish: () => { setImmediate(() => setImmediate(() => push())); } }; });
export const openingHangs = faulty('opening-hangs', () => ({ transform }), { open: never });
export const finishHangs = faulty('finish-hangs', () => ({ transform, finish: never }));
export const exiting = faulty('exiting', () => { let count = 0; return { transform: (buffer) => (++count > 9 ? process.exit(0) : buffer) }; });
`);

describe('leat and an element that', function () {
  const folder = freshFolder(this, { 'faulty.mjs': FAULTY });

  const through = (element: string, code: number, message: RegExp, count = 20): Case => [
    [
      'run',
      `video-test-source width=64 height=64 count=${count} ! ${element} ! video-file-sink path=${element}.mp4`,
      '--plugin',
      './faulty.mjs',
    ],
    code,
    message,
  ];

  it('throws at any moment ends the run by name, and leaves no half film', () =>
    runCases(folder.path, [
      through('opening', 1, /^Error: opening: No such device \[element\/failed\]\n$/),
      through('creating', 1, /^Error: creating: Cannot create \[element\/failed\]\n$/),
      through('throwing', 1, /Error: throwing: Too many \[element\/failed\]\n$/),
      through('rejecting', 1, /Error: rejecting: a text \[element\/failed\]\n$/),
      through('finishing', 1, /Error: finishing: Cannot finish \[element\/failed\]\n$/),
      through('shutting', 0, /^Warning: shutting: closing failed: Cannot close \[element\/close-failed\]\n20 frames in/),
      through('straying', 1, /Error: Out of nowhere\nSet LEAT_DEBUG=1/, -1),
    ]).then(() => undefined));

  it('returns the wrong type, or ends the process, is told what is wrong', () =>
    runCases(folder.path, [
      through('wrong', 1, /Error: wrong: transform must return a buffer, several or nothing, found number \[element\/wrong-output\]\n$/),
      through('exiting', 1, /^Error: The process ended before the command was done: .*process\.exit.*\[cli\/ended-early\]\n$/),
    ]).then(() => undefined));

  it('hangs is named when nothing is left that could move it', () =>
    runCases(folder.path, [
      [
        ['run', 'fake-source count=5 ! opening-hangs ! fake-sink', '--plugin', './faulty.mjs'],
        1,
        /^Warning: opening-hangs did not come back.*opening/,
      ],
      [
        ['run', 'fake-source count=5 ! finish-hangs ! fake-sink', '--plugin', './faulty.mjs'],
        1,
        /Error: The graph stands still.*: finish-hangs has not/,
      ],
    ]).then(() => undefined));

  it('fails with every buffer is spoken of now and then where it is to be skipped, and counted in full', async () => {
    const args = ['run', 'fake-source count=300 ! wrong onError=skip ! fake-sink', '--plugin', './faulty.mjs', '--stats'];
    const { code, stdout, stderr } = await runLeat(args, { cwd: folder.path });
    assert.equal(code, 0, stderr);
    const spoken = stderr.match(/was put aside/g)?.length ?? 0;
    assert.ok(spoken >= 1 && spoken < 10, `${spoken} of 300`);
    assert.deepEqual((JSON.parse(stdout) as RunStatistics).elements[1]!.dropped, { quarantined: 300 });
  });
});
