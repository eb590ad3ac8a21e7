/**
 * Where our CRDs of `pgv2.percona.com` differ from Percona's in what they accept, default or show, each with its reason.
 *
 * Descriptions are not compared: ours are our own. Everything else is, and the test fails for a difference that is not listed here,
 * and for a line here that is no longer a difference.
 */
export interface Difference {
  readonly kind: string;
  /** Path of the field, such as `spec.instances[].replicas`. */
  readonly path: string;
  /** Keyword of the schema, such as `default`; `added` for a field that is ours, with all below it. */
  readonly keyword: string;
  readonly reason: string;
}

export const differences: readonly Difference[] = [
  {
    kind: "PerconaPGRestore",
    path: "status.conditions",
    keyword: "added",
    reason:
      "Theirs leaves the reason of a failed restore to the log of its Job; a status that says Failed has to say why.",
  },
];
