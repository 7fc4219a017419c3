import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname } from 'node:path';
import { Arena, builtinElements, Pipeline, Registry } from '../index.ts';

const registry = new Registry().add(builtinElements, 'leat');
const file = process.argv[3]!;
const pipeline = new Pipeline(JSON.parse(readFileSync(file, 'utf8')), {
  registry,
  arena: Arena.create(),
  baseFolder: dirname(file),
  budget: { cores: availableParallelism() } as never,
});
console.log(JSON.stringify(await pipeline.run()));
