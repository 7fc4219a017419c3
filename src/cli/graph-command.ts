import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createPipeline, loadGraph, makeFolderOf, outputError, withoutSecrets } from '../index.ts';
import { UsageError } from './exit-code.ts';
import { type GraphOptions, graphArguments } from './graph-arguments.ts';
import { viewGraph } from './graph-view.ts';
import { renderDot } from './render-dot.ts';
import { renderMermaid } from './render-mermaid.ts';
import { renderSvg } from './render-svg.ts';

const RENDERERS = { dot: renderDot, mermaid: renderMermaid, svg: renderSvg };

/** `leat graph`: a picture of a graph, or the graph as JSON with everything put in. */
export async function graphCommand(words: readonly string[], options: GraphOptions & { format: string; output?: string }): Promise<void> {
  const { format, output } = options;
  const render = Object.hasOwn(RENDERERS, format) ? RENDERERS[format as keyof typeof RENDERERS] : undefined;
  if (render === undefined && format !== 'json') throw new UsageError(`--format: expected dot, mermaid, svg or json, found ${format}`);
  const { source, options: load } = graphArguments(words, options);
  const graph = await loadGraph(source, load);
  const drawn = render === undefined ? `${JSON.stringify(graph.description, null, 2)}\n` : render(viewGraph(createPipeline(graph)));
  const text = withoutSecrets(drawn);
  if (output === undefined) {
    process.stdout.write(text);
    return;
  }
  try {
    makeFolderOf(resolve(output));
    writeFileSync(output, text);
  } catch (error) {
    throw new UsageError(outputError(output, error).message);
  }
}
