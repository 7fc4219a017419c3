/** Lets the event loop go round until everything that can happen without time passing has happened. */
export async function settled(turns = 10): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise(setImmediate);
}
