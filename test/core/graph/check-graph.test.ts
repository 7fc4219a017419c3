import assert from 'node:assert/strict';
import { brief, issuesOf } from '../graph-issues.ts';

const camera = { type: 'camera', props: { path: 'a.mp4' } };
const screen = { type: 'screen' };
const check = async (elements: object, links: readonly string[]) => (await issuesOf({ elements, links })).issues;

describe('checking a graph', () => {
  it('finds nothing wrong with a graph that is right', async () => {
    const elements = {
      camera,
      t: { type: 'split' },
      scale: { type: 'scale', props: { width: 640 } },
      model: { type: 'model' },
      a: screen,
      b: screen,
    };
    assert.deepEqual(await check(elements, ['camera ! t ! scale ! model ! a', 't ! b']), []);
  });

  it('finds what only the declaration knows of props', async () => {
    const issues = await check({ camera, s: { type: 'scale', props: { width: 3, even: true } }, screen }, ['camera ! s ! screen']);
    assert.deepEqual(brief(issues), ['graph/bad-value /elements/s/props/width']);
    assert.equal(issues[0]!.message, 'Expected an even width');
  });

  it('asks nothing more of elements whose props are wrong', async () => {
    const issues = await check({ camera: { type: 'camera', props: { path: 'a.mp4', speed: 2 } }, screen }, ['camera ! screen']);
    assert.deepEqual(brief(issues), ['graph/unknown-property /elements/camera/props/speed']);
  });

  it('asks elements themselves, without opening them', async () => {
    const issues = await check({ camera: { type: 'camera', props: { path: 'missing.mp4' } }, screen }, ['camera ! screen']);
    assert.deepEqual(brief(issues), ['media/not-found /elements/camera/props/path']);
  });

  it('finds pads that are not linked', async () => {
    assert.deepEqual(brief(await check({ camera, m: { type: 'mix' }, screen }, ['camera ! m.video', 'm ! screen'])), [
      'graph/unlinked-pad /elements/m',
    ]);
    assert.deepEqual(brief(await check({ camera, screen }, [])), [
      'graph/unlinked-pad /elements/camera',
      'graph/unlinked-pad /elements/screen',
    ]);
  });

  it('finds links that lead nowhere', async () => {
    const issues = await check({ camera, screen }, ['camera ! scren', 'camera', 'camera.video ! screen']);
    assert.deepEqual(brief(issues), ['graph/bad-link /links/1', 'graph/unknown-element /links/0', 'graph/unknown-pad /links/2']);
    assert.equal(issues.find(({ code }) => code === 'graph/unknown-element')!.hint, 'did you mean screen?');
  });

  it('finds a pad that is linked twice', async () => {
    const issues = await check({ camera, a: screen, b: screen }, ['camera ! a', 'camera ! b']);
    assert.deepEqual(brief(issues), ['graph/pad-linked-twice /links/1']);
    assert.match(issues[0]!.hint ?? '', /tee/);
  });

  it('finds a cycle and names its elements', async () => {
    const issues = await check({ a: { type: 'pass' }, b: { type: 'pass' } }, ['a ! b ! a']);
    assert.deepEqual(brief(issues), ['graph/cycle /links']);
    assert.match(issues[0]!.message, /a, b/);
  });

  it('finds media that do not fit', async () => {
    const issues = await check({ mic: { type: 'microphone' }, s: { type: 'scale' }, screen }, ['mic ! s ! screen']);
    assert.deepEqual(brief(issues), ['negotiation/no-common-caps /elements/s']);
    assert.match(issues[0]!.message, /Cannot link mic\.src to s\.sink: sound does not fit picture/);
  });

  it('finds caps that do not fit, through elements that pass everything on, and says it once, where it is', async () => {
    const elements = {
      camera,
      s: { type: 'scale', props: { width: 320 } },
      p: { type: 'pass' },
      q: { type: 'pass' },
      m: { type: 'model' },
      screen,
    };
    const issues = await check(elements, ['camera ! s ! p ! q ! m ! screen']);
    assert.deepEqual(brief(issues), ['negotiation/no-common-caps /elements/m']);
    assert.equal(issues[0]!.message, 'Cannot link q.src to m.sink: width 320 does not fit 640');
  });

  it('says everything at once, and no consequence of it', async () => {
    const elements = {
      camera: { type: 'camera', props: {} },
      unknown: { type: 'scael' },
      s: { type: 'scale', props: { width: 0 } },
      m: { type: 'mix' },
      mic: { type: 'microphone' },
      a: screen,
      b: screen,
      lost: screen,
    };
    const issues = await check(elements, ['camera ! unknown ! m.vdieo', 'mic ! m.audio', 'm ! s ! a', 'nobody ! b']);
    assert.deepEqual(brief(issues), [
      'graph/missing-property /elements/camera/props',
      'graph/out-of-range /elements/s/props/width',
      'graph/unknown-element /links/3',
      'graph/unknown-pad /links/0',
      'graph/unknown-type /elements/unknown/type',
      'graph/unlinked-pad /elements/lost',
    ]);
  });
});
