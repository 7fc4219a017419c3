// Globs of files as a test of names, for what can be said of files that are not there yet: `*`, `?`, `**`, `{a,b}` and `[a-z]`.
// Upper and lower case are the same, and what is hidden matches nothing.

/** @param glob Relative to a folder, with `/` between its parts. @returns Whether a path relative to that folder matches. */
export function fileGlob(glob: string): (path: string) => boolean {
  const pattern = new RegExp(`^${translated(glob)}$`, 'i');
  return (path) => !/(^|\/)\./.test(path) && pattern.test(path);
}

function translated(glob: string): string {
  let depth = 0;
  return glob.replace(/\*\*\/|\*\*|\*|\?|\[[^\]]+\]|[{},]|[^\w\s]/g, (part) => {
    if (part === '**/') return '(?:.*/)?';
    if (part === '**') return '.*';
    if (part === '*') return '[^/]*';
    if (part === '?') return '[^/]';
    if (part.startsWith('[') && part.length > 1) return part.replace(/^\[!/, '[^').replaceAll('\\', '\\\\');
    if (part === '{') {
      depth++;
      return '(?:';
    }
    if (part === '}' && depth > 0) {
      depth--;
      return ')';
    }
    if (part === ',' && depth > 0) return '|';
    return `\\${part}`;
  });
}
