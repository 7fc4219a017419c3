// The errors of the graph runtime, each with a stable code. Three channels, never two at once: a programmer's mistake throws
// TypeError or RangeError; an invalid description or negotiation throws GraphError with all its issues; a fault while running
// is an ElementError, posted once on the bus, with which the pipeline's promise rejects.
import { withoutSecrets } from './secrets.ts';
import { isThrown, thrownFacts } from './thrown-facts.ts';

/** Where something stands in what the user wrote; lines and columns count from 1. */
export interface Place {
  readonly file?: string | undefined;
  readonly line: number;
  readonly column: number;
}

/** One thing wrong with a graph. */
export interface Issue {
  /** A stable name from the catalogue, such as `negotiation/no-common-caps`. */
  readonly code: string;
  /** Where: a JSON pointer into the description, such as `/elements/fit/props/width`. */
  readonly path: string;
  /** What was found and what was expected; capital, no period. */
  readonly message: string;
  /** What would put it right. */
  readonly hint?: string | undefined;
  /** Where the pointer leads in the graph file or launch string, when the graph came from one. */
  readonly at?: Place | undefined;
}

/** The graph cannot be built or negotiated; holds every issue that was found. */
export class GraphError extends Error {
  readonly code = 'graph/invalid';
  readonly issues: readonly Issue[];

  constructor(found: readonly Issue[]) {
    const issues = found.map(shownIssue);
    super(issues.map(formatIssue).join('\n'));
    this.name = 'GraphError';
    this.issues = issues;
  }
}

/** An issue as it may be shown. */
export function shownIssue(issue: Issue): Issue {
  const { message, hint } = issue;
  return { ...issue, message: withoutSecrets(message), ...(hint === undefined ? {} : { hint: withoutSecrets(hint) }) };
}

/** One issue in one line: place, pointer, message, hint. */
export function formatIssue({ path, message, hint, code, at }: Issue): string {
  const place = at === undefined ? '' : `${at.file === undefined ? '' : `${at.file}:`}${at.line}:${at.column} `;
  return `${place}${path === '' ? '/' : path}: ${message}${hint === undefined ? '' : `; ${hint}`} [${code}]`;
}

/** An element failed while the graph was being opened or run. */
export class ElementError extends Error {
  readonly code: string;
  /** The element's name in the graph. */
  readonly element: string;

  constructor(element: string, code: string, message: string, options?: ErrorOptions) {
    super(withoutSecrets(message), options);
    this.name = 'ElementError';
    this.element = element;
    this.code = code;
  }

  /** The error an element threw, as one that names the element; its own code is kept when it has one. */
  static from(element: string, error: unknown): ElementError {
    if (isThrown(error, ElementError)) return error;
    const { code = 'element/failed', message } = thrownFacts(error);
    return new ElementError(element, code, `${element}: ${message}`, { cause: error });
  }
}

/** The pipeline was stopped before its end. */
export class AbortedError extends Error {
  readonly code = 'pipeline/aborted';

  constructor(message = 'The pipeline was aborted before its end') {
    super(message);
    this.name = 'AbortedError';
  }
}
