// What must not be shown: the values that graphs take from the environment and from files, and what stands before the @ of a URL.
// Messages, errors and pictures of graphs pass through here on their way out; what elements work with does not.
//
// A path is no secret: `${env:HOME}/clips` has to be readable in a message. Nor is what has less than four characters, since
// half of all text would be masked with it.

const MASK = '***';

const secrets = new Set<string>();

/** Notes a value that must not be shown by this process any more. */
export function keepSecret(value: string): void {
  if (value.length < 4 || /^(\.{0,2}[/\\]|[a-z]:[/\\])/i.test(value)) return;
  // As it stands, in a URL, and in JSON.
  for (const form of [value, encodeURIComponent(value), JSON.stringify(value).slice(1, -1)]) secrets.add(form);
}

/** A text as it may be shown. */
export function withoutSecrets(text: string): string {
  let shown = text;
  if (shown.includes('@')) shown = shown.replace(/([a-z][a-z0-9+.-]*:\/\/)[^\s/?#"'@]*(?:@[^\s/?#"'@]*)*@/gi, `$1${MASK}@`);
  // The longest first: one may be a part of another.
  if (secrets.size > 0) for (const secret of [...secrets].sort((a, b) => b.length - a.length)) shown = shown.replaceAll(secret, MASK);
  return shown;
}

/** A JSON value as it may be shown: a copy where there is anything to hide. */
export function valueWithoutSecrets(value: unknown): unknown {
  if (typeof value === 'string') return withoutSecrets(value);
  if (Array.isArray(value)) return value.map(valueWithoutSecrets);
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, valueWithoutSecrets(one)]));
}
