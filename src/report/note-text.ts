/** What an element noted, in words. */
export function noteText(note: unknown): string {
  if (Array.isArray(note)) return note.map(noteText).join(', ');
  if (typeof note !== 'object' || note === null) return String(note);
  const parts = Object.entries(note).filter(([, value]) => value !== undefined);
  return parts.map(([key, value]) => `${key} ${noteText(value)}`).join(', ');
}
