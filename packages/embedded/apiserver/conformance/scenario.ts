/** One story told to kubectl, in a namespace of its own. */

export interface Scenario {
  readonly name: string;
  /** kubectl command lines; `<<` and what follows is standard input. Words are split at spaces, quotes keep them together. */
  readonly commands: readonly string[];
}
