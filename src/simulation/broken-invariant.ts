/** What has to hold in every run, whatever the order of its steps and whatever goes wrong in it. */
export type Invariant = 'conservation' | 'links' | 'order' | 'bounds' | 'slabs' | 'deadlock' | 'endless' | 'error' | 'expectation';

/** Something has been found that must not be. */
export interface BrokenInvariant {
  readonly invariant: Invariant;
  /** The element where it was found. */
  readonly element?: string | undefined;
  readonly message: string;
}

export class InvariantError extends Error {
  readonly broken: BrokenInvariant;

  constructor(invariant: Invariant, message: string, element?: string) {
    super(message);
    this.name = 'InvariantError';
    this.broken = { invariant, message, element };
  }
}
