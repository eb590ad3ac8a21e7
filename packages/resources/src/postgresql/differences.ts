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
  /** Keyword of the schema, such as `default`. */
  readonly keyword: string;
  readonly reason: string;
}

export const differences: readonly Difference[] = [];
