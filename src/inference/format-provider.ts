import type { ProviderReport } from './backend.ts';

// The library says in many words that a file is missing; its name is enough.
const MISSING_FILE = /([\w.+-]+\.(?:so|dll|dylib)[\w.]*): cannot open shared object/;
const LONGEST = 100;

/** A provider report for people: `cpu (tensorrt: library not found; cuda: library not found)`. */
export function formatProvider({ ran, tried, nodes }: ProviderReport): string {
  const failed = tried.filter(({ outcome }) => outcome !== 'ran').map(({ name, outcome }) => `${name}: ${shorten(outcome)}`);
  const shares = Object.entries(nodes ?? {}).map(([name, count]) => `${count} of the nodes on ${name}`);
  const remarks = [...(shares.length > 1 ? [shares.join(', ')] : []), ...failed];
  return remarks.length === 0 ? ran : `${ran} (${remarks.join('; ')})`;
}

function shorten(outcome: string): string {
  const missing = MISSING_FILE.exec(outcome);
  if (missing !== null) return `library not found, ${missing[1]}`;
  if (/Failed to load (shared )?library/i.test(outcome)) return 'library not found';
  if (/ was built without it/.test(outcome)) return 'not built in';
  const [line] = outcome.split('\n') as [string];
  return line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line;
}
