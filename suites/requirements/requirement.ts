/** One claim about a subject that a test shows to hold or not. */
export interface Requirement {
  /** `FAMILY-TOPIC-NN`. Given once, never renumbered, never given again. */
  readonly id: string;
  readonly level: 'must' | 'should' | 'may';
  /** One present-tense sentence, true when the requirement holds. */
  readonly statement: string;
  /** Where the claim comes from. */
  readonly source: string;
  /** Names of the topologies that its tests run on. */
  readonly topologies: readonly string[];
  /**
   * What a trace must hold to show the claim. `wire`: frames alone, so that a capture from the field can be
   * judged. `wire and tables`: also what only a live lab can ask the nodes for.
   */
  readonly shownBy: 'wire' | 'wire and tables';
  /** Why the requirement is no longer tested. Its ID stays taken. */
  readonly withdrawn?: string;
}
