import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseJson } from '../../../src/core/graph/json-document.ts';

describe('json document', () => {
  it('reads what JSON.parse reads', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(0, 2, '\t'), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        const { value: read, issues } = parseJson(text);
        assert.deepEqual(read, JSON.parse(text));
        assert.deepEqual(issues, []);
      }),
    );
  });

  it('refuses what JSON.parse refuses', () => {
    const pieces = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '"',
      '1',
      '-',
      '0',
      'true',
      'nul',
      ' ',
      '\n',
      '\\',
      '.5',
      'e3',
      '//',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 8 }), (parts) => {
        const text = parts.join('');
        let valid = true;
        try {
          JSON.parse(text);
        } catch {
          valid = false;
        }
        assert.equal(
          parseJson(text).issues.some(({ code }) => code === 'graph/not-json'),
          !valid,
          text,
        );
      }),
      { numRuns: 500 },
    );
  });

  const broken: readonly (readonly [string, string, number, number, RegExp, RegExp?])[] = [
    ['a comma too many in an object', '{\n  "a": 1,\n}', 3, 1, /Expected a name in double quotes, found }/, /remove the comma/],
    ['a comma too many in a list', '[1, 2,]', 1, 7, /Expected a value, found ]/, /remove the comma/],
    ['a missing comma', '{\n  "a": 1\n  "b": 2\n}', 3, 3, /Expected a comma or }, found "/, /comma may be missing/],
    ['a missing colon', '{ "a" 1 }', 1, 7, /Expected a colon after "a", found 1/],
    ['a comment', '{\n  // no\n}', 2, 3, /found \//, /no comments/],
    ['single quotes', "{ 'a': 1 }", 1, 3, /found '/, /double quotes/],
    ['a name without quotes', '{ a: 1 }', 1, 3, /Expected a name in double quotes, found a/],
    ['a string that is not closed', '{ "a": "b\n}', 1, 8, /no closing quote/, /line it begins on/],
    ['an unknown escape', '{ "path": "C:\\video" }', 1, 11, /escape/, /backslash/],
    ['an unknown word', '{ "a": True }', 1, 8, /Expected a value for "a", found True/, /true, false and null/],
    ['a number that JSON does not know', '{ "a": 01 }', 1, 8, /found 01/],
    ['an object that is not closed', '{ "a": 1', 1, 9, /end of the document; what { opened is not closed/],
    ['something after the end', '{}\n{}', 2, 1, /Expected the end of the document, found {/],
    ['nothing at all', '', 1, 1, /found the end of the document/],
  ];
  for (const [name, text, line, column, message, hint] of broken) {
    it(`says where ${name} is`, () => {
      const { value, issues } = parseJson(text, 'graph.json');
      assert.equal(value, undefined);
      assert.equal(issues.length, 1);
      assert.deepEqual(issues[0]!.at, { file: 'graph.json', line, column });
      assert.match(issues[0]!.message, message);
      if (hint !== undefined) assert.match(issues[0]!.hint ?? '', hint);
    });
  }

  it('finds every name that stands twice in an object, and goes on', () => {
    const { value, issues } = parseJson('{\n  "a": { "b": 1, "b": 2 },\n  "a": 3,\n  "c": [{ "b": 1 }]\n}');
    assert.deepEqual(
      issues.map(({ code, path, at }) => [code, path, at?.line, at?.column]),
      [
        ['graph/duplicate-name', '/a/b', 2, 18],
        ['graph/duplicate-name', '/a', 3, 3],
      ],
    );
    assert.deepEqual(value, { a: 3, c: [{ b: 1 }] });
  });

  it('remembers where everything stands', () => {
    const { place } = parseJson('{\n  "elements": {\n    "fit/1": { "props": [10,\n 20] }\n  }\n}');
    assert.deepEqual(place('/elements/fit~11'), { file: undefined, line: 3, column: 5 });
    assert.deepEqual(place('/elements/fit~11/props/1'), { file: undefined, line: 4, column: 2 });
    assert.deepEqual(place('/elements/fit~11/props/7/width'), { file: undefined, line: 3, column: 16 }, 'the nearest thing around it');
    assert.deepEqual(place('/nothing'), { file: undefined, line: 1, column: 1 });
  });

  it('keeps a member named __proto__ a member', () => {
    const { value } = parseJson('{ "__proto__": { "polluted": true } }');
    assert.deepEqual(Object.keys(value as object), ['__proto__']);
    assert.equal(({} as { polluted?: boolean }).polluted, undefined);
  });

  it('takes a byte order mark', () => {
    assert.deepEqual(parseJson('\ufeff{}').issues, []);
  });

  it('refuses nesting that would exhaust the stack', () => {
    assert.match(parseJson('['.repeat(100_000)).issues[0]!.message, /200 levels/);
  });
});
