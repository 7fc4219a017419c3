/** What every message says of itself, whatever it holds. */
export interface MessageItem {
  /** Under which name it was published, where messages have one. */
  readonly topic?: string | undefined;
  /** It was kept by the broker, and is older than the subscription. */
  readonly retained?: boolean | undefined;
}

/** A message that is JSON. */
export interface JsonItem extends MessageItem {
  /** Undefined where it could not be read. */
  readonly json: unknown;
}
