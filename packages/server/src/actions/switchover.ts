/** Asking for a planned change of the primary: whether it can be done now is said before anything is written. */
import type { Switchover } from "../api/requests.ts";
import { existing } from "../fleet/existing.ts";
import type { DatabaseKey } from "../fleet/fleet.ts";
import { ProblemError } from "../http/problem-error.ts";
import { annotation, FIELD_MANAGER } from "../manifest/names.ts";
import { clusters } from "../model/resources.ts";
import type { Parts } from "../parts.ts";
import { refuseWhile } from "./refuse-while.ts";

type Needed = Pick<Parts, "client" | "fleet" | "now">;

/** Asks for a planned change of the primary. */
export async function switchover(parts: Needed, key: DatabaseKey, request: Switchover): Promise<void> {
  const database = existing(parts.fleet, key);
  refuseWhile(database, ["deleting", "paused", "pausing", "restoring", "creating"], "switch over");
  const candidates = database.topology.instances.filter((instance) => instance.role === "replica" && instance.ready);
  if (candidates.length === 0) {
    throw new ProblemError("Conflict", "There is no replica that is ready to become primary.", {
      remedy: "Wait until a replica is ready, or add an instance.",
    });
  }
  const { target } = request;
  const chosen =
    target === undefined
      ? undefined
      : candidates.find((instance) => instance.name === target || instance.pod === target);
  if (target !== undefined && chosen === undefined) {
    throw new ProblemError("InvalidField", `'${target}' is not a replica that is ready.`, {
      field: "/target",
      value: target,
      remedy: `Use one of ${candidates.map((instance) => instance.name).join(", ")}.`,
    });
  }
  const body = {
    metadata: { annotations: { [annotation.switchover]: parts.now().toISOString() } },
    // A merge patch removes a target that an earlier switchover left behind.
    spec: { patroni: { switchover: { enabled: true, type: "Switchover", targetInstance: chosen?.name ?? null } } },
  };
  await parts.client.patch(clusters, key, { type: "merge", body }, { fieldManager: FIELD_MANAGER });
}
