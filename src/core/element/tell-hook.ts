/**
 * Calls a hook that gives nothing back. It may be asynchronous all the same: nobody waits for it then, but its fault is heard as if it
 * had come at once.
 */
export function tellHook(hook: () => unknown, failed: (error: unknown) => void): void {
  try {
    const told = hook();
    if (told instanceof Promise) told.catch(failed);
  } catch (error) {
    failed(error);
  }
}
