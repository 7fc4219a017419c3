/** The words of a launch line as gst-launch-1.0 takes them: split where it is blank outside of quotes, which stay. */
export function launchArguments(line: string): string[] {
  return line.match(/(?:"(?:\\.|[^"\\])*"|'[^']*'|\\.|[^\s])+/g) ?? [];
}

/** A property as one word, whatever characters its value is of. */
export function launchProperty(name: string, value: string | number | boolean): string {
  return typeof value === 'string' ? `${name}="${value.replace(/["\\]/g, '\\$&')}"` : `${name}=${value}`;
}
