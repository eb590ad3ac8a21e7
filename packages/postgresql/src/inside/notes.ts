/** Notes of finished work, kept in an annotation of the cluster, so that an operator that starts anew does nothing twice. */
import { isConflict, sleep } from "@keelson/kube";
import type { ClusterDeps } from "../cluster/controller.ts";
import { annotation } from "../cluster/labels.ts";
import { appliedMarks, MARKED } from "../cluster/view.ts";

/** Notes by topic; one without a value is removed. */
export type Marks = Readonly<Record<string, string | undefined>>;

/** Adds to the notes, on top of what is there now. */
export async function note(
  key: string,
  marks: Marks,
  { client, world }: ClusterDeps,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    const cr = world.clusters.get(key);
    if (cr === undefined) return;
    const before = appliedMarks(cr);
    const after: Record<string, string> = { ...before };
    for (const [name, value] of Object.entries(marks)) {
      if (value === undefined) delete after[name];
      else after[name] = value;
    }
    if (JSON.stringify(after) === JSON.stringify(before)) return;
    const text = JSON.stringify({ ...after, [MARKED]: cr.metadata.uid });
    const { kind } = world.locate("PerconaPGCluster", cr.metadata.namespace ?? "", cr.metadata.name);
    const body = {
      metadata: { resourceVersion: cr.metadata.resourceVersion, annotations: { [annotation.applied]: text } },
    };
    try {
      await client.patch(
        kind,
        { namespace: cr.metadata.namespace, name: cr.metadata.name },
        { type: "merge", body },
        { signal },
      );
      return;
    } catch (error) {
      if (!isConflict(error)) throw error;
      await sleep(50, signal);
    }
  }
}
