/** One class of those that a frame may be of. */
export interface Classification {
  /** The class's index in the model's list of labels. */
  readonly classId: number;
  /** The class's name; `class 7` where the model has no labels. */
  readonly label: string;
  /** How certain the model is, 0..1. */
  readonly score: number;
}

/** What a frame is. */
export interface ClassificationSet {
  /** The most certain first. */
  readonly items: readonly Classification[];
}
