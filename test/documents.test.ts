// What documents show of graphs, edits and launch strings is right. A block of JSON that is no whole graph says so: `json fragment`
// holds members of a graph, or elements by name, or a part that others include.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { graphEdit } from '../src/core/edit/graph-edit.ts';
import type { Issue } from '../src/core/errors.ts';
import { graphDescription } from '../src/core/graph/graph-description.ts';
import { validateGraph } from '../src/core/graph/validate-graph.ts';
import { manifest } from '../src/inference/manifest.ts';
import { builtinRegistry, checkGraph } from '../src/load-graph.ts';

const FILES = [
  ...['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md'],
  ...['docs', 'docs/design'].flatMap((folder) =>
    readdirSync(folder).flatMap((name) => (name.endsWith('.md') ? [`${folder}/${name}`] : [])),
  ),
];
/** What the reader is to put there: files of their own, and an element that the page is about. */
const isOwn = ({ code, message }: Issue): boolean => code === 'media/not-found' || /not-found$/.test(code) || / type my-/.test(message);

const problems = (issues: readonly Issue[]): string[] =>
  issues.filter((issue) => !isOwn(issue)).map(({ code, path, message }) => `${code} ${path}: ${message}`);

async function checkWhole(text: string): Promise<string[]> {
  const value = JSON.parse(text) as object;
  if ('manifestVersion' in value) return manifest.safeParse(value).error?.issues.map(({ message }) => message) ?? [];
  // Graphs that are shown stand in the folder graphs, as the relative paths in them say.
  return problems((await checkGraph({ description: value as never, folder: 'graphs' })).issues);
}

function checkFragment(text: string): string[] {
  const members = JSON.parse(text.startsWith('{') ? text : `{${text}}`) as object;
  const isGraph = Object.keys(members).every((key) => key in graphDescription.shape);
  const graph = { elements: { any: { type: 'fake-source' } }, ...(isGraph ? members : { elements: members }) };
  // What is a reference has no type yet.
  return problems(validateGraph(graph, builtinRegistry()));
}

describe('documents', () => {
  for (const file of FILES) {
    const text = readFileSync(file, 'utf8');
    const blocks = [...text.matchAll(/^```(\S*)([^\n]*)\n([\s\S]*?)^```/gm)].map(([, language, more, body]) => ({
      kind: `${language}${more}`,
      body: body!,
      line: text.slice(0, text.indexOf(body!)).split('\n').length,
    }));
    const json = blocks.filter(({ kind }) => kind.startsWith('json'));
    const edits = blocks.flatMap(({ body }) => [...body.matchAll(/^(\{.*\}) +→ /gm)].map(([, edit]) => edit!));
    const launches = [...text.matchAll(/(?:leat (?:run|check|graph|simulate) (?:--[a-z]+ [a-z]+ )?|launch: )'([^'\n]+)'/g)].map(
      ([, launch]) => launch!,
    );
    if (json.length + edits.length + launches.length === 0) continue;

    it(`show what is right: ${file}`, async () => {
      for (const { kind, body, line } of json) {
        assert.ok(kind === 'json' || kind === 'json fragment', `${file}:${line} has a block of the kind ${kind}`);
        assert.deepEqual(kind === 'json' ? await checkWhole(body) : checkFragment(body), [], `${file}:${line}`);
      }
      for (const edit of edits) assert.deepEqual(graphEdit.safeParse(JSON.parse(edit)).error?.issues ?? [], [], `${file}: ${edit}`);
      for (const launch of launches.filter((one) => !one.includes('…'))) {
        assert.deepEqual(problems((await checkGraph({ launch })).issues), [], `${file}: ${launch}`);
      }
    });
  }

  it('name no graph that is not there', () => {
    for (const file of FILES) {
      for (const [name] of readFileSync(file, 'utf8').matchAll(/(?<![\w/.])graphs\/[\w./-]+\.json/g))
        assert.ok(existsSync(name), `${file}: ${name}`);
    }
  });

  it('are found where they are known to be', () => {
    assert.match(readFileSync('README.md', 'utf8'), /^```json$/m);
    assert.match(readFileSync('docs/graphs.md', 'utf8'), /^```json fragment$/m);
  });
});
