// JSON pointers (RFC 6901): how issues say where they are.

/** The pointer of a member of what a pointer names. */
export function childPointer(pointer: string, name: string | number): string {
  return `${pointer}/${String(name).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

/** The names on a pointer's way. */
export function pointerNames(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** What a pointer names in a value; undefined when there is nothing. */
export function valueAt(value: unknown, pointer: string): unknown {
  let at = value;
  for (const name of pointerNames(pointer)) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, name)) return undefined;
    at = (at as Record<string, unknown>)[name];
  }
  return at;
}
