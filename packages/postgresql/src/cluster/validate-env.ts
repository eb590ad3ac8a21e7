/** Environment variables of the user's that cannot be given to a container. Pure. */
import type { EnvVar } from "@keelson/kube";
import { type Problem, problem } from "../reasons.ts";
import { instanceVariables } from "./instance.ts";
import type { PgCluster } from "./model.ts";
import { COMMON_ENV } from "./pod.ts";

/** Those that the containers of a pod have already. */
const POOLER = [...Object.keys(COMMON_ENV), "KEELSON_PORT"];
const REPO_HOST = [...Object.keys(COMMON_ENV), "PGBACKREST_CONFIG_PATH", "PGBACKREST_STANZA", "KEELSON_REPOS"];

/** A name that is there twice: Kubernetes takes no such list, and no change would reach the pods any more. */
export function environmentProblems(c: PgCluster): Problem[] {
  const lists: [field: string, env: readonly EnvVar[], own: readonly string[]][] = [
    ...c.sets.map((set): [string, readonly EnvVar[], string[]] => [
      `spec.instances[${set.name}].env`,
      set.env,
      instanceVariables(c, set),
    ]),
    ["spec.proxy.pgBouncer.env", c.pooler?.env ?? [], POOLER],
    ["spec.backups.pgbackrest.env", c.backups.enabled ? c.backups.repoHost.env : [], REPO_HOST],
  ];
  return lists.flatMap(([field, env, own]) =>
    env.flatMap(({ name }, index) => {
      const why = own.includes(name)
        ? "is set by Keelson itself"
        : env.findIndex((each) => each.name === name) < index
          ? "is in the list twice"
          : undefined;
      return why === undefined
        ? []
        : [problem("InvalidParameter", `${field}[${name}]`, `"${name}" ${why}. Take it out of the list.`)];
    }),
  );
}
