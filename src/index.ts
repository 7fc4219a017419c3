export { GraphError } from './core/errors.ts';
export { Pipeline } from './core/pipeline.ts';
export { Registry } from './core/registry.ts';
export { builtinElements } from './elements/builtin-elements.ts';
export { Arena } from './memory/arena.ts';
