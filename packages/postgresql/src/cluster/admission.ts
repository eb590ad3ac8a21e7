/** The cluster that may be acted upon, once it has been looked up whether there is what its pods refer to. */
import type { Problem } from "../reasons.ts";
import { type ForeignKeys, keysOf } from "../runtime/foreign-keys.ts";
import { type Admitted, admit } from "./admit.ts";
import type { PgCluster } from "./model.ts";
import type { Catalogue } from "./normalize.ts";
import { type Reference, referenceProblem, references } from "./references.ts";
import type { View } from "./view.ts";

export interface Admission extends Admitted {
  /** Pods of `cluster` that run would not start again: something has gone that they refer to. */
  readonly mustNotRestart: boolean;
  /** Something is missing; no event tells when it is there. */
  readonly waits: boolean;
}

export interface AdmissionDeps {
  readonly catalogue: Catalogue;
  readonly foreignKeys: ForeignKeys;
}

/**
 * A changed specification is not in force before its pods could start. One that was accepted stays in force when something has gone that it
 * refers to, but nothing is restarted because of it.
 */
export async function admission(view: View, deps: AdmissionDeps, signal: AbortSignal): Promise<Admission> {
  const first = admit(view, deps.catalogue);
  const { cluster: c } = first;
  if (c.deleting || c.unmanaged || !first.isActionable) return { ...first, mustNotRestart: false, waits: false };
  const missing = await missingReferences(c, view, deps, signal);
  if (missing.length === 0) return { ...first, mustNotRestart: false, waits: false };
  if (first.problems.length > 0) return { ...first, mustNotRestart: true, waits: true };
  const last = admit(view, deps.catalogue, missing);
  const gone = last.isActionable ? await missingReferences(last.cluster, view, deps, signal) : [];
  return { ...last, mustNotRestart: gone.length > 0, waits: true };
}

async function missingReferences(
  c: PgCluster,
  view: View,
  { foreignKeys }: AdmissionDeps,
  signal: AbortSignal,
): Promise<Problem[]> {
  const look = async ({ kind, name, keys }: Reference): Promise<ReadonlySet<string> | undefined> => {
    const own = (kind === "Secret" ? view.secrets : view.configMaps).get(name);
    return own === undefined
      ? await foreignKeys.read({ kind, namespace: c.namespace, name, keys }, signal)
      : keysOf(own);
  };
  const found: Problem[] = [];
  for (const reference of references(c)) {
    const wrong = referenceProblem(reference, await look(reference));
    if (wrong !== undefined) found.push(wrong);
  }
  return found;
}
