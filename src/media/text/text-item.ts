/** A piece of text, such as a line of a file. */
export interface TextItem {
  readonly text: string;
  /** Which line of its file or stream it is, from 1. */
  readonly line?: number | undefined;
  /** It was longer than is taken; this is its beginning. */
  readonly isCut?: true;
}
