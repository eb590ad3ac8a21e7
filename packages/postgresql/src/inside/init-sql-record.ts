/**
 * What is known of `databaseInitSQL`, in a ConfigMap: annotations of the cluster go with a `kubectl replace`, and SQL that runs again may
 * destroy data. Like the volumes it outlives the cluster: a later one that has the same data does not run the SQL again. One that only
 * has the name, or the manifest, does.
 */
import { type Client, type ConfigMap, kinds } from "@keelson/kube";
import { clusterLabels } from "../cluster/labels.ts";
import type { PgCluster } from "../cluster/model.ts";
import * as names from "../cluster/names.ts";
import { unowned } from "../cluster/objects.ts";
import { type AppliedMarks, appliedMarks, MARKED, systemIdentifier, type View } from "../cluster/view.ts";
import type { Marks } from "./notes.ts";

const TOPICS: ReadonlySet<string> = new Set(["initSql", "initSqlStarted", "initSqlError", "initSqlFailedAt"]);

/** The data that the record is about. */
const DATABASE = "systemIdentifier";

function isTopic<T>([name]: readonly [name: string, value: T]): boolean {
  return TOPICS.has(name);
}

const topicsOf = <T>(marks: Readonly<Record<string, T>>): Readonly<Record<string, T>> =>
  Object.fromEntries(Object.entries(marks).filter(isTopic));

/** Undefined without one of this very cluster, or of its data. */
function recorded(map: ConfigMap | undefined, view: View): AppliedMarks | undefined {
  const { uid } = view.cr.metadata;
  const database = systemIdentifier(view);
  const data = map?.data ?? {};
  // Older records do not say whose they are: the cluster owns them.
  const isOfCluster =
    data[MARKED] === uid || map?.metadata?.ownerReferences?.some((owner) => owner.uid === uid) === true;
  return isOfCluster || (database !== undefined && data[DATABASE] === database) ? data : undefined;
}

const recordOf = (view: View): AppliedMarks | undefined =>
  recorded(view.configMaps.get(names.initSqlRecord(view.cr.metadata)), view);

/** What a record says of whose it is. Data that are not known yet are not said. */
function identity(view: View): AppliedMarks {
  const database = systemIdentifier(view);
  return { [MARKED]: view.cr.metadata.uid, ...(database === undefined ? {} : { [DATABASE]: database }) };
}

/** All notes. Of the SQL those of the record count, and those of the annotation only where there is no record. */
export function knownMarks(view: View): AppliedMarks {
  const noted = appliedMarks(view.cr);
  const record = recordOf(view);
  if (record === undefined) return noted;
  return { ...Object.fromEntries(Object.entries(noted).filter((entry) => !isTopic(entry))), ...topicsOf(record) };
}

/** Notes of the SQL that are in no record, or in one that does not say yet that it is of this cluster and its data. */
export function unrecordedMarks(view: View): AppliedMarks {
  const record = recordOf(view);
  const isComplete =
    record !== undefined && Object.entries(identity(view)).every(([name, value]) => record[name] === value);
  return isComplete ? {} : topicsOf(knownMarks(view));
}

/** Keeps those of the notes that are about the SQL, on top of what is kept now. */
export async function recordInitSql(
  c: PgCluster,
  marks: Marks,
  { view, client, signal }: { readonly view: View; readonly client: Client; readonly signal: AbortSignal },
): Promise<void> {
  const changes = topicsOf(marks);
  if (Object.keys(changes).length === 0) return;
  const { namespace } = c;
  const name = names.initSqlRecord(c);
  const before = recorded(await client.get(kinds.ConfigMap, { namespace, name }, { signal }), view);
  const after = Object.entries({ ...(before ?? unrecordedMarks(view)), ...changes, ...identity(view) });
  const data = Object.fromEntries(after.filter((entry): entry is [string, string] => entry[1] !== undefined));
  const metadata = unowned(c, name, clusterLabels(c));
  await client.apply(kinds.ConfigMap, { apiVersion: "v1", kind: "ConfigMap", metadata, data }, { signal });
}
