// Writes what is made from declarations: the schemas of graph files and of written records, and the pages about elements.
// With --check it writes nothing and fails when something is not up to date.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { buildStale } from './build-stale.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
buildStale();
// What is made of the compiled sources is loaded once they are compiled.
const { elementIndex, elementPage } = await import('./element-page.mjs');
const { builtinElements, deviceReport, editSchema, faultPlan, graphSchema, manifestSchema, mediaRecords } = await import(
  '../dist/index.js'
);
const definitions = [...builtinElements].sort((a, b) => (a.name < b.name ? -1 : 1));

const files = new Map([
  ['schemas/graph.schema.json', `${JSON.stringify(graphSchema(definitions, { pluginsMayAdd: true }), null, 2)}\n`],
  ...mediaRecords.map(({ media, schema }) => [
    `schemas/${media}.schema.json`,
    `${JSON.stringify(z.toJSONSchema(schema, { target: 'draft-7' }), null, 2)}\n`,
  ]),
  ['schemas/faults.schema.json', `${JSON.stringify(z.toJSONSchema(faultPlan, { target: 'draft-7', io: 'input' }), null, 2)}\n`],
  ['schemas/devices.schema.json', `${JSON.stringify(z.toJSONSchema(deviceReport, { target: 'draft-7' }), null, 2)}\n`],
  ['schemas/edit.schema.json', `${JSON.stringify(editSchema(definitions), null, 2)}\n`],
  ['schemas/model.schema.json', `${JSON.stringify(manifestSchema(), null, 2)}\n`],
  ['docs/elements/README.md', elementIndex(definitions, '')],
  ...definitions.map((definition) => [`docs/elements/${definition.name}.md`, elementPage(definition)]),
]);

// The table of elements stands between two marks of the README.
const readme = `${root}README.md`;
const marks = /(<!-- elements -->\n)[\s\S]*?(<!-- \/elements -->)/;
const text = existsSync(readme) ? readFileSync(readme, 'utf8') : '';
if (marks.test(text))
  files.set(
    'README.md',
    text.replace(marks, (_, open, close) => `${open}${elementIndex(definitions, 'docs/elements/', false)}${close}`),
  );

const stale = [...files].filter(([path, content]) => !existsSync(root + path) || readFileSync(root + path, 'utf8') !== content);
const pages = existsSync(`${root}docs/elements`) ? readdirSync(`${root}docs/elements`) : [];
const orphans = pages.map((name) => `docs/elements/${name}`).filter((path) => !files.has(path));

if (process.argv.includes('--check')) {
  for (const [path] of stale) console.error(`${path} is not up to date`);
  for (const path of orphans) console.error(`${path} is about an element that there is no more`);
  if (stale.length + orphans.length > 0) {
    console.error('Run npm run generate');
    process.exitCode = 1;
  }
} else {
  for (const [path, content] of stale) {
    mkdirSync(dirname(root + path), { recursive: true });
    writeFileSync(root + path, content);
    console.log(`Wrote ${path}`);
  }
  for (const path of orphans) {
    rmSync(root + path);
    console.log(`Removed ${path}`);
  }
}
