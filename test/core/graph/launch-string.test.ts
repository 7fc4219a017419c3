import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isLaunchString, parseLaunch } from '../../../src/core/graph/launch-string.ts';
import { brief, issuesOf } from '../graph-issues.ts';
import { testRegistry } from '../test-elements.ts';

const parse = (line: string) => parseLaunch(line, testRegistry());

describe('launch string', () => {
  it('becomes a graph', () => {
    const { description, issues } = parse('camera path=a.mp4 rate=12.5 ! scale width=640 even=true ! screen');
    assert.deepEqual(issues, []);
    assert.deepEqual(description, {
      elements: {
        camera: { type: 'camera', props: { path: 'a.mp4', rate: 12.5 } },
        scale: { type: 'scale', props: { width: 640, even: true } },
        screen: { type: 'screen', props: {} },
      },
      links: ['camera ! scale ! screen'],
    });
  });

  it('refers to elements and their pads by name', () => {
    const { description } = parse('camera path=a ! split name=t  t. ! mix name=m ! screen  t.src_5 ! screen  microphone ! m.audio');
    assert.deepEqual(Object.keys(description.elements), ['camera', 't', 'm', 'screen', 'screen2', 'microphone']);
    assert.deepEqual(description.links, ['camera ! t', 't ! m ! screen', 't.src_5 ! screen2', 'microphone ! m.audio']);
  });

  it('takes quoted values and escapes', () => {
    const { description } = parse(
      String.raw`camera path="my \"best\" video.mp4" ! screen name=s  camera path='C:\x y' ! s.  camera path=a\ b\!`,
    );
    const paths = Object.values(description.elements).map((element) => (element.props as { path?: string }).path);
    assert.deepEqual(paths, ['my "best" video.mp4', undefined, String.raw`C:\x y`, 'a b!']);
  });

  it('takes JSON as it is, to its closing bracket', () => {
    const paths = ['["a", "b ] c"]', '{"a":{"b":[1, 2]}}', String.raw`["\"]"]`, '[never', '[x]y'];
    for (const path of paths) {
      const { description, issues } = parse(`camera path=${path} ! screen`);
      assert.deepEqual(issues, []);
      assert.deepEqual(description.elements['camera']?.props, { path });
    }
  });

  it('sets the queue, the batch and the rest that every element has', () => {
    const { description } = parse(
      'scale queue.maxBuffers=4 queue.onFull=dropOldest batch.maxWaitMs=null inFlight=2 onError=skip thread=a limits.low=0.5',
    );
    assert.deepEqual(description.elements['scale'], {
      type: 'scale',
      props: { limits: { low: 0.5 } },
      queue: { maxBuffers: 4, onFull: 'dropOldest' },
      batch: { maxWaitMs: null },
      inFlight: 2,
      onError: 'skip',
      thread: 'a',
    });
  });

  it('makes names that do not meet those that are given', () => {
    const { description } = parse('pass ! pass ! pass name=pass2 ! pass');
    assert.deepEqual(Object.keys(description.elements), ['pass', 'pass3', 'pass2', 'pass4']);
  });

  const broken: readonly (readonly [string, string, number, RegExp])[] = [
    ['a link sign with nothing before it', '! screen', 1, /nothing before/],
    ['a link sign with nothing behind it', 'camera path=a !', 16, /Expected an element after !, found the end/],
    ['two link signs', 'camera path=a ! ! screen', 17, /found another !/],
    ['a quote that is not closed', 'camera path="a ! screen', 13, /quote " is not closed/],
    ['a property without an element', 'path=a ! screen', 1, /Expected an element, found the property/],
    ['a reference that nothing is linked to', 'camera path=a name=c ! screen  c.', 32, /Nothing is linked to c/],
    ['a name used twice', 'pass name=a ! pass name=a', 20, /Two elements are named a/],
    ['a name that cannot be used', 'pass name=1st ! screen', 6, /cannot be used/],
    ['a property given twice', 'camera path=a path=b ! screen', 15, /given twice/],
    ['an empty line', '  ', 1, /is empty/],
  ];
  for (const [name, line, column, message] of broken) {
    it(`says at which column ${name} is`, () => {
      const issue = parse(line).issues.find((one) => message.test(one.message));
      assert.deepEqual(issue?.at, { line: 1, column });
    });
  }

  it('says at which column the rest is wrong', async () => {
    const { issues } = await issuesOf({ launch: 'camera path=a rate=fast ! scael ! screen\n  x. ! screen' });
    assert.deepEqual(
      issues.map(({ code, at }) => [code, at?.line, at?.column]),
      [
        ['graph/unknown-type', 1, 27],
        ['graph/bad-type', 1, 15],
        ['graph/unknown-element', 2, 3],
      ],
    );
  });

  it('gives a graph whose only fault is a wrong pad just that fault', async () => {
    const { issues } = await issuesOf({ launch: 'camera path=a ! m.video  mix name=m ! screen  microphone ! m.sound' });
    assert.deepEqual(brief(issues), ['graph/unknown-pad /links/2']);
    assert.equal(issues[0]!.at?.column, 47);
  });

  it('never throws and keeps every value', () => {
    const value = fc.string({ minLength: 1, maxLength: 12 }).filter((text) => !/[\\"\n\r]/.test(text));
    fc.assert(
      fc.property(value, (text) => {
        const { description, issues } = parse(`camera path="${text}" ! screen`);
        assert.deepEqual(issues, []);
        assert.deepEqual(description.elements['camera']!.props, { path: text });
      }),
    );
    fc.assert(
      fc.property(fc.array(fc.constantFrom('!', ' ', 'a', '.', '=', '"', "'", '\\', 'name=', 'camera'), { maxLength: 12 }), (parts) => {
        parse(parts.join(''));
      }),
    );
  });

  it('is told from the name of a file', () => {
    assert.equal(isLaunchString('graphs/quickstart.json'), false);
    assert.equal(isLaunchString('my file!.json'), false);
    assert.equal(isLaunchString('a ! b'), true);
  });
});
