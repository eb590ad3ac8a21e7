/** Where tests find the programs of a real Kubernetes, which are built beside this project and never by it. */
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** Their folder: `$KEELSON_KUBERNETES_BIN`, else `~/.cache/keelson-kubernetes/bin`. It need not exist. */
export const kubernetesBinaries: string =
  process.env["KEELSON_KUBERNETES_BIN"] ?? join(homedir(), ".cache/keelson-kubernetes/bin");

/** Why these programs cannot be run; undefined when they can. For the `skip` option of tests. */
export function kubernetesMissing(programs: readonly string[]): string | undefined {
  const absent = programs.filter((name) => !existsSync(join(kubernetesBinaries, name)));
  if (absent.length === 0) return undefined;
  return `no ${absent.join(" and ")} in ${kubernetesBinaries}: the real Kubernetes has not been built`;
}
