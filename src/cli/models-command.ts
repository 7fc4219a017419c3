import { UsageError } from './exit-code.ts';

/** `leat models`: what models want and give. */
export async function modelsCommand(folder: string, _options: { json?: boolean }): Promise<void> {
  throw new UsageError(`There is no model in ${folder}`);
}
