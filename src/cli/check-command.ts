import { checkGraph } from '../index.ts';
import { ExitCode } from './exit-code.ts';
import { type GraphOptions, graphArguments } from './graph-arguments.ts';
import { formatIssues } from './print-error.ts';

/** `leat check`: every problem at once, with no device, video or model opened. */
export async function checkCommand(words: readonly string[], options: GraphOptions & { json?: boolean }): Promise<void> {
  const { source, options: load, title } = graphArguments(words, options);
  const { issues, graph } = await checkGraph(source, { ...load, outputFolder: process.cwd() });
  if (options.json === true) process.stdout.write(`${JSON.stringify(issues, null, 2)}\n`);
  else if (issues.length > 0) process.stderr.write(formatIssues(issues));
  else process.stdout.write(`${title}: no problems found in ${Object.keys(graph?.description.elements ?? {}).length} elements\n`);
  if (issues.length > 0) process.exitCode = ExitCode.invalid;
}
