import assert from 'node:assert/strict';
import { validateGraph } from '../../../src/core/graph/validate-graph.ts';
import { testRegistry } from '../test-elements.ts';

/** Issues of a graph with one scale or camera, as `code path: message; hint`. */
function validate(graph: unknown): string[] {
  return validateGraph(graph, testRegistry()).map(
    ({ code, path, message, hint }) => `${code} ${path}: ${message}${hint === undefined ? '' : `; ${hint}`}`,
  );
}

const scale = (props: unknown, more: object = {}): unknown => ({ elements: { s: { type: 'scale', props, ...more } } });
const camera = (props: unknown): unknown => ({ elements: { c: { type: 'camera', props } } });

describe('graph validation', () => {
  it('finds nothing wrong with a graph that is right', () => {
    assert.deepEqual(
      validate({
        $schema: 'x',
        version: 1,
        elements: { c: { type: 'camera', props: { path: 'a' }, queue: { maxBuffers: 2 } } },
        links: [],
      }),
      [],
    );
  });

  const cases: readonly (readonly [string, unknown, readonly string[]])[] = [
    [
      'a wrong version',
      { version: 2, elements: {} },
      ['graph/wrong-version /version: Expected version 1 of the graph format, found the number 2; a newer release of leat may read it'],
    ],
    ['missing elements', {}, ['graph/missing-property : The graph lacks the property elements; the elements by name']],
    ['no elements', { elements: {} }, ['graph/empty /elements: The graph has no elements']],
    ['elements that are a list', { elements: [] }, ['graph/bad-type /elements: Expected an object, found an empty list']],
    [
      'an unknown element',
      { elements: { c: { type: 'camerra' } } },
      ['graph/unknown-type /elements/c/type: There is no element type camerra; did you mean camera?'],
    ],
    [
      'an element without a type',
      { elements: { c: {} } },
      ['graph/missing-property /elements/c: elements.c lacks the property type; the kind of element; `leat inspect` lists them'],
    ],
    [
      'an unknown property',
      scale({ widht: 3 }),
      ['graph/unknown-property /elements/s/props/widht: There is no property widht; did you mean width?'],
    ],
    [
      'a property in the wrong place',
      { elements: { s: { type: 'scale', width: 3 } } },
      ['graph/unknown-property /elements/s/width: There is no property width; width is a property of scale: put it under props'],
    ],
    [
      'an unknown setting',
      { elements: { s: { type: 'scale', ques: {} } } },
      ['graph/unknown-property /elements/s/ques: There is no property ques; did you mean queue?'],
    ],
    [
      'an unknown part of the graph',
      { elements: { s: { type: 'scale' } }, lnks: [] },
      ['graph/unknown-property /lnks: There is no property lnks; did you mean links?'],
    ],
    ['a missing property', camera({}), ['graph/missing-property /elements/c/props: c.props lacks the property path; where it is']],
    [
      'missing props',
      { elements: { c: { type: 'camera' } } },
      ['graph/missing-property /elements/c/props: c.props lacks the property path; where it is'],
    ],
    ['a wrong type', scale({ width: '320' }), ['graph/bad-type /elements/s/props/width: Expected a whole number, found the text "320"']],
    ['a fraction', scale({ width: 1.5 }), ['graph/bad-type /elements/s/props/width: Expected a whole number, found the number 1.5']],
    [
      'a number out of its range',
      scale({ width: 0 }),
      ['graph/out-of-range /elements/s/props/width: Expected at least 1 and at most 4096, found the number 0'],
    ],
    [
      'a number at an open end',
      camera({ path: 'a', rate: 0 }),
      ['graph/out-of-range /elements/c/props/rate: Expected more than 0 and at most 240, found the number 0'],
    ],
    [
      'a wrong choice',
      camera({ path: 'a', mode: 'fsat' }),
      ['graph/bad-value /elements/c/props/mode: Expected fast or fine, found the text "fsat"; did you mean fast?'],
    ],
    [
      'a wrong policy',
      scale({}, { queue: { onFull: 'drop' } }),
      ['graph/bad-value /elements/s/queue/onFull: Expected block, dropOldest or dropNewest, found the text "drop"'],
    ],
    [
      'an empty text',
      camera({ path: '' }),
      ['graph/bad-value /elements/c/props/path: Expected a text that is not empty, found the text ""'],
    ],
    [
      'a text of the wrong form',
      camera({ path: 'a', pattern: 'A1' }),
      ['graph/bad-value /elements/c/props/pattern: Expected a text that matches ^[a-z]+$, found the text "A1"'],
    ],
    [
      'none of several types',
      scale({ wish: [3] }),
      ['graph/bad-type /elements/s/props/wish/0: Expected a text or an object, found the number 3'],
    ],
    [
      'a fault inside the alternative that was meant',
      scale({ wish: ['a', { name: 'b', levle: 1 }] }),
      ['graph/unknown-property /elements/s/props/wish/1/levle: There is no property levle; did you mean level?'],
    ],
    [
      'a fault in a nested object',
      scale({ limits: { low: 'x' } }),
      ['graph/bad-type /elements/s/props/limits/low: Expected a number, found the text "x"'],
    ],
    [
      'a name that cannot be used',
      { elements: { 'my scale': { type: 'scale' } } },
      ['graph/bad-name /elements/my scale: The name "my scale" cannot be used: expected letters, digits, _ and -, and a letter or _ first'],
    ],
    [
      'links that are no list',
      { elements: { s: { type: 'scale' } }, links: 'a ! b' },
      ['graph/bad-type /links: Expected a list, found the text "a ! b"'],
    ],
  ];
  for (const [name, graph, expected] of cases) {
    it(`says what is wrong with ${name}`, () => assert.deepEqual(validate(graph), expected));
  }

  it('says everything at once', () => {
    const graph = {
      verson: 1,
      elements: {
        a: { type: 'scale', props: { width: -1, even: 3, heigth: 2 } },
        b: { type: 'scale', props: { width: -1 } },
        c: { type: 'nothing' },
      },
      links: [1],
    };
    assert.deepEqual(
      validateGraph(graph, testRegistry())
        .map(({ path }) => path)
        .sort(),
      [
        '/elements/a/props/even',
        '/elements/a/props/heigth',
        '/elements/a/props/width',
        '/elements/b/props/width',
        '/elements/c/type',
        '/links/0',
        '/verson',
      ],
    );
  });
});
