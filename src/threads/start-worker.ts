// Starts a module of ours in a worker thread, whether the code runs from sources or from the compiled package.
//
// Node 20 does not hand the TypeScript loader on to workers, so that from sources the worker first registers the loader
// itself. Compiled code takes the direct way and never sees it.
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { Worker, type WorkerOptions } from 'node:worker_threads';

/**
 * Starts a worker on a module beside the caller.
 *
 * @param caller The caller's `import.meta.url`.
 * @param module The module's path relative to the caller, without an extension: `./decode-worker`.
 */
export function startWorker(caller: string, module: string, options: WorkerOptions = {}): Worker {
  const fromSources = caller.endsWith('.ts');
  const entry = new URL(`${module}${fromSources ? '.ts' : '.js'}`, caller);
  if (!fromSources) return new Worker(entry, options);
  // Not `import.meta.resolve`: a test runner that loads this file by require has none. The loader's twin for require does not
  // find its own parts, hence the module beside it.
  const loader = pathToFileURL(createRequire(caller).resolve('tsx/esm/api')).href.replace(/\.cjs$/, '.mjs');
  const bootstrap = `import { register } from ${JSON.stringify(loader)}; register(); await import(${JSON.stringify(entry.href)});`;
  return new Worker(new URL(`data:text/javascript,${encodeURIComponent(bootstrap)}`), { ...options, execArgv: [] });
}
