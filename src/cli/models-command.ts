// `leat models`: what the models in a folder want and give. Each is opened and, where that is possible, run once: what is
// listed without an error works here.
import { Arena, describeModel, findModels, formatShape, type ModelDescription, type TensorDescription, ThreadBudget } from '../index.ts';
import { ExitCode, UsageError } from './exit-code.ts';
import { formatTable } from './format-table.ts';
import { styleFor } from './style-text.ts';
import { wrapText } from './wrap-text.ts';

const WIDTH = 100;

/** A model that was found, with what it is or what is wrong with it. */
type Entry = { readonly path: string } & (
  | { readonly model: ModelDescription }
  | { readonly error: { readonly code: string | undefined; readonly message: string } }
);

export async function modelsCommand(folder: string, options: { json?: boolean }): Promise<void> {
  const paths = await findModels(folder);
  if (paths.length === 0) throw new UsageError(`There is no model in ${folder}: neither a model.json nor an .onnx file`);
  const arena = Arena.create();
  const budget = new ThreadBudget();
  const entries: Entry[] = [];
  for (const path of paths) entries.push(await describe(path, arena, budget));
  process.stdout.write(options.json === true ? `${JSON.stringify(entries, null, 2)}\n` : entries.map(formatEntry).join('\n'));
  if (entries.some((entry) => 'error' in entry)) process.exitCode = ExitCode.failed;
}

async function describe(path: string, arena: Arena, budget: ThreadBudget): Promise<Entry> {
  try {
    return { path, model: await describeModel(path, arena, budget) };
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    return { path, error: { code, message } };
  }
}

function formatEntry(entry: Entry): string {
  const style = styleFor(process.stdout);
  if ('error' in entry) {
    const { code, message } = entry.error;
    const text = wrapText(message, WIDTH - 2).map((line) => `  ${line}`);
    return [
      `${style('bold', entry.path)}  ${style('red', 'broken')}${code === undefined ? '' : style('dim', ` [${code}]`)}`,
      ...text,
      '',
    ].join('\n');
  }
  const { model, path } = entry;
  const remarks = [model.version, model.licence].filter((one) => one !== undefined);
  const decoder = model.decoder === undefined ? [] : [`decoder ${model.decoder.type}`];
  const labels = model.labels === undefined ? [] : [`${model.labels.length} labels: ${model.labels.join(', ')}`];
  const rows = [...model.inputs.map((tensor) => rowOf('wants', tensor)), ...model.outputs.map((tensor) => rowOf('gives', tensor))];
  const [, ...table] = formatTable(
    ['', 'name', 'dtype', 'shape', 'role', ''].map((title) => ({ title })),
    rows,
  );
  const lines = [
    ...wrapText(model.description ?? '', WIDTH - 2),
    ...table,
    ...[...decoder, ...labels].flatMap((text) => wrapText(text, WIDTH - 2)),
  ];
  const title = [style('bold', model.name), ...remarks, style('dim', path)].join('  ');
  return [title, ...lines.filter((line) => line !== '').map((line) => `  ${line}`), ''].join('\n');
}

function rowOf(verb: string, { name, dtype, shape, role, preprocess }: TensorDescription): string[] {
  const preparation = preprocess === undefined ? '' : `${preprocess.fit}, ${preprocess.channelOrder}`;
  return [verb, name, dtype, formatShape(shape), role === 'tensor' ? '' : role, preparation];
}
