/** The words of a launch line as gst-launch-1.0 takes them: split where it is blank outside of quotes, which stay. */
export function launchArguments(line: string): string[] {
  return line.match(/(?:"(?:\\.|[^"\\])*"|'[^']*'|\\.|[^\s])+/g) ?? [];
}
