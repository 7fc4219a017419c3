// What a graph has survived, for those who ask at the end: one entry for each element and code, at most `LIMIT` of them.
import type { Message } from './message.ts';

const LIMIT = 64;

export interface Warning {
  readonly element: string;
  readonly code: string;
  /** What was said the last time. */
  readonly text: string;
  readonly count: number;
}

export class WarningLog {
  private readonly warnings = new Map<string, Warning>();

  /** Notes a message that warns, or that tells of a buffer put aside. */
  add(message: Message): void {
    if (message.type === 'warning') this.note(message.element, message.code, message.text);
    else if (message.type === 'quarantine') this.note(message.element, message.error.code, message.error.message);
  }

  get all(): readonly Warning[] {
    return [...this.warnings.values()];
  }

  clear(): void {
    this.warnings.clear();
  }

  private note(element: string, code: string, text: string): void {
    const key = `${element} ${code}`;
    const before = this.warnings.get(key);
    if (before === undefined && this.warnings.size >= LIMIT) return;
    this.warnings.set(key, { element, code, text, count: (before?.count ?? 0) + 1 });
  }
}
