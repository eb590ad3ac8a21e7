/**
 * What is known of `databaseInitSQL`, in a ConfigMap that the cluster owns: annotations of the cluster go with a `kubectl replace`, and SQL that
 * runs again may destroy data. Another cluster made from the same manifest does not own it.
 */
import { type Client, type ConfigMap, kinds } from "@keelson/kube";
import { clusterLabels } from "../cluster/labels.ts";
import type { PgCluster } from "../cluster/model.ts";
import { meta } from "../cluster/objects.ts";
import { type AppliedMarks, appliedMarks, type View } from "../cluster/view.ts";
import type { Marks } from "./notes.ts";

const TOPICS: ReadonlySet<string> = new Set(["initSql", "initSqlStarted", "initSqlError", "initSqlFailedAt"]);

const recordName = (c: { readonly name: string }): string => `${c.name}-init-sql-record`;

function isTopic<T>([name]: readonly [name: string, value: T]): boolean {
  return TOPICS.has(name);
}

const topicsOf = <T>(marks: Readonly<Record<string, T>>): Readonly<Record<string, T>> =>
  Object.fromEntries(Object.entries(marks).filter(isTopic));

/** Undefined without one of this very cluster. */
function recorded(map: ConfigMap | undefined, uid: string | undefined): AppliedMarks | undefined {
  const isOurs = map?.metadata?.ownerReferences?.some((owner) => owner.uid === uid) === true;
  return isOurs ? (map.data ?? {}) : undefined;
}

const recordOf = ({ configMaps, cr }: View): AppliedMarks | undefined =>
  recorded(configMaps.get(recordName(cr.metadata)), cr.metadata.uid);

/** All notes. Of the SQL those of the record count, and those of the annotation only where there is no record. */
export function knownMarks(view: View): AppliedMarks {
  const noted = appliedMarks(view.cr);
  const record = recordOf(view);
  if (record === undefined) return noted;
  return { ...Object.fromEntries(Object.entries(noted).filter((entry) => !isTopic(entry))), ...record };
}

/** Notes of the SQL that an operator left which kept no record. */
export const unrecordedMarks = (view: View): AppliedMarks =>
  recordOf(view) === undefined ? topicsOf(appliedMarks(view.cr)) : {};

/** Keeps those of the notes that are about the SQL, on top of what is kept now. */
export async function recordInitSql(
  c: PgCluster,
  marks: Marks,
  { view, client, signal }: { readonly view: View; readonly client: Client; readonly signal: AbortSignal },
): Promise<void> {
  const changes = topicsOf(marks);
  if (Object.keys(changes).length === 0) return;
  const { namespace } = c;
  const name = recordName(c);
  const before = recorded(await client.get(kinds.ConfigMap, { namespace, name }, { signal }), c.uid);
  const after = Object.entries({ ...(before ?? unrecordedMarks(view)), ...changes });
  const data = Object.fromEntries(after.filter((entry): entry is [string, string] => entry[1] !== undefined));
  const metadata = meta(c, name, clusterLabels(c));
  await client.apply(kinds.ConfigMap, { apiVersion: "v1", kind: "ConfigMap", metadata, data }, { signal });
}
