/** Why instances do not start, where the specification is to blame: in words that name the field and the remedy. Pure. */
import type { ContainerStatus } from "@keelson/kube";
import { isReason, type Problem, problem, type Reason } from "../reasons.ts";
import type { PgCluster } from "./model.ts";
import * as names from "./names.ts";
import { containersOf, pullTrouble } from "./pod-trouble.ts";
import { instancesOf, type View } from "./view.ts";

/** Fields to which the refusals of the agent's `startup` point, and what can be done. */
const FIELDS: Partial<Record<Reason, readonly [field: string, remedy: string]>> = {
  ImageWithoutTools: [
    "spec.image",
    "Name an image with PostgreSQL, Patroni and pgBackRest on glibc, or leave the field out.",
  ],
  ImageVersionMismatch: ["spec.image", "Name an image of the version in spec.postgresVersion, or leave the field out."],
  DataVersionMismatch: ["spec.postgresVersion", "Set the version that the data have."],
  WaitsForPrimary: ["status.postgres", "See why no instance leads; this one goes on by itself when one does."],
  RestoreUnfinished: ["status.postgres", "Restore again; the data on this volume are not complete."],
  ParameterRefused: [
    "spec.patroni.dynamicConfiguration.postgresql.parameters",
    "Correct the parameter; the instance starts by itself then.",
  ],
};

/** Exit codes of programs that could not be started at all: not executable, not found, refused by the runtime. */
const CANNOT_RUN = new Set([126, 127, 128]);
const CANNOT_RUN_TEXT = /no such file|not found|exec format|executable file/i;

function pullProblem(c: PgCluster, set: string, status: ContainerStatus): Problem | undefined {
  const trouble = pullTrouble(c, { set }, status);
  return trouble === undefined ? undefined : problem("ImageCannotBePulled", trouble.field, trouble.message);
}

function refusal(c: PgCluster, status: ContainerStatus): Problem | undefined {
  if (status.name !== "postgres-startup") return undefined;
  const ended = status.state?.terminated ?? status.lastState?.terminated;
  const waiting = status.state?.waiting;
  const text = `${ended?.message ?? ""}\n${waiting?.message ?? ""}`.trim();
  const [, said = "", words = ""] = /^(\w+): (.*)$/m.exec(text) ?? [];
  const known = isReason(said) ? FIELDS[said] : undefined;
  if (isReason(said) && known !== undefined) return problem(said, known[0], `${words}. ${known[1]}`);
  const failed = ended !== undefined && ended.exitCode !== 0;
  const cannotRun =
    (failed && CANNOT_RUN.has(ended.exitCode)) || ((failed || waiting !== undefined) && CANNOT_RUN_TEXT.test(text));
  const [field = "", remedy = ""] = FIELDS.ImageWithoutTools ?? [];
  return cannotRun
    ? problem("ImageWithoutTools", field, `${c.image} cannot run Keelson's agent. ${remedy}`)
    : undefined;
}

/** One problem for each reason, from the instances that are not ready. */
export function startupProblems(c: PgCluster, view: View): Problem[] {
  const found = new Map<string, Problem>();
  for (const instance of instancesOf(view)) {
    const pod = view.pods.get(names.instancePod(instance.name));
    if (instance.ready || pod === undefined || pod.metadata.deletionTimestamp !== undefined) continue;
    for (const status of containersOf(pod)) {
      const each = pullProblem(c, instance.set, status) ?? refusal(c, status);
      if (each !== undefined && !found.has(each.reason)) found.set(each.reason, each);
    }
  }
  return [...found.values()];
}
