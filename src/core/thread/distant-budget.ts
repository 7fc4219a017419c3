import { ThreadBudget, type ThreadClaim } from '../../threads/thread-budget.ts';

/** Where a worker's claims are entered. */
export interface BudgetOwner {
  claim(id: number, name: string, threads: number): void;
  release(id: number): void;
}

/** The process's CPU budget as a worker thread has it: what is claimed in the worker is entered in the process's account, too. */
export class DistantBudget extends ThreadBudget {
  private readonly owner: BudgetOwner;
  private last = 0;

  constructor(cores: number, owner: BudgetOwner) {
    super(cores);
    this.owner = owner;
  }

  override claim(name: string, threads: number): ThreadClaim {
    const claim = super.claim(name, threads);
    const id = ++this.last;
    let isHeld = true;
    this.owner.claim(id, name, threads);
    return {
      name,
      threads,
      release: () => {
        claim.release();
        if (isHeld) this.owner.release(id);
        isHeld = false;
      },
    };
  }
}
