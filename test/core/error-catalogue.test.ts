import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** What looks like a code and is a media type. */
const MEDIA = /^(video|audio|image|text|application|http)\//;

function codesInSources(): Map<string, string> {
  const codes = new Map<string, string>();
  for (const name of readdirSync(`${root}src`, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.ts')) continue;
    const code = readFileSync(`${root}src/${name}`, 'utf8').replaceAll(/^\s*(\/\/|\*|\/\*\*).*$/gm, '');
    for (const [, found] of code.matchAll(/'([a-z]+\/[a-z0-9]+(?:-[a-z0-9]+)*)'/g)) if (!MEDIA.test(found!)) codes.set(found!, name);
  }
  return codes;
}

describe('error catalogue', () => {
  const documented = new Set(
    [...readFileSync(`${root}docs/errors.md`, 'utf8').matchAll(/^\| `([a-z]+\/[a-z0-9-]+)` \|/gm)].map((match) => match[1]!),
  );

  it('has every code that the program uses', () => {
    const missing = [...codesInSources()].filter(([code]) => !documented.has(code)).map(([code, file]) => `${code} (src/${file})`);
    assert.deepEqual(missing, [], 'add these to docs/errors.md');
  });

  it('has no code that the program does not use', () => {
    const used = codesInSources();
    assert.deepEqual(
      [...documented].filter((code) => !used.has(code)),
      [],
      'remove these from docs/errors.md',
    );
  });

  it('is large enough for the search to have worked', () => {
    assert.ok(codesInSources().size > 40);
  });
});
