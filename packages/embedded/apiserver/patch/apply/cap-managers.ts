import { identityOf, type Manager, type Managers } from "./managers.ts";

/** More updaters than this are not told apart: the oldest share one entry. */
const mostUpdaters = 10;

/** Puts the oldest updaters of one API version together as `ancient-changes` until at most ten updaters are left. */
export function capUpdaters(managers: Managers): void {
  const updaters = [...managers].filter(([, { operation }]) => operation === "Update");
  const seconds = ({ time }: Manager): number => (time === undefined ? 0 : Math.floor(Date.parse(time) / 1000));
  updaters.sort(([a, first], [b, second]) => seconds(first) - seconds(second) || (a < b ? -1 : 1));

  let count = updaters.length;
  const firstOfVersion = new Map<string, [identity: string, manager: Manager]>();
  for (const [identity, manager] of updaters) {
    if (count <= mostUpdaters) return;
    const { apiVersion } = manager;
    const bucket: Manager = { ...manager, manager: "ancient-changes", subresource: undefined };
    const bucketIdentity = identityOf(bucket);
    const first = firstOfVersion.get(apiVersion);
    if (first === undefined) {
      firstOfVersion.set(apiVersion, [identity, manager]);
      continue;
    }
    const gathered = managers.get(bucketIdentity)?.fields ?? first[1].fields;
    if (!managers.has(bucketIdentity)) managers.delete(first[0]);
    managers.delete(identity);
    managers.set(bucketIdentity, { ...bucket, fields: manager.fields.union(gathered) });
    count--;
  }
}
