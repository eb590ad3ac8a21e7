/** The conditions of a cluster, from what is seen and nothing else. Pure. */
import type { WantedCondition } from "@keelson/engine";
import { fieldsWithoutEffect } from "@keelson/resources";
import { firstBackupDone, stanzaReady } from "../backup/era.ts";
import { insideFailures } from "../inside/marks.ts";
import { problemText } from "../reasons.ts";
import { archiveCondition, memoryCondition, volumeCondition } from "./agent-report.ts";
import { doubtOf } from "./availability.ts";
import { repoHostReady } from "./backup-state.ts";
import * as names from "./names.ts";
import { podTroubles } from "./pod-trouble.ts";
import type { StatusInput } from "./status.ts";
import { activeRestore, appliedMarks, primaryOf, systemIdentifier, type View } from "./view.ts";

/** Conditions that are there only while something is wrong, and are told as Warning events too. */
export const WARNINGS: ReadonlySet<string> = new Set([
  "FieldsWithoutEffect",
  "ReconcileFailed",
  "ArchivingFailing",
  "VolumeAlmostFull",
  "OutOfMemory",
  "TLSSecretsReady",
]);

const condition = (
  type: string,
  isTrue: boolean,
  reasons: readonly [string, string],
  message = "",
): WantedCondition => ({
  type,
  status: isTrue ? "True" : "False",
  reason: isTrue ? reasons[0] : reasons[1],
  message,
});

export interface Conditions {
  readonly set: WantedCondition[];
  /** Types that do not apply any more. */
  readonly drop: string[];
}

export function conditionsOf(input: StatusInput, ready: boolean): Conditions {
  const { cluster: c, view, problems } = input;
  const set: WantedCondition[] = [];
  const drop: string[] = [];
  const first = problems[0];
  set.push(
    first === undefined
      ? { type: "SpecAccepted", status: "True", reason: "Accepted", message: "" }
      : { type: "SpecAccepted", status: "False", reason: first.reason, message: problems.map(problemText).join(" ") },
  );
  const trouble = podTroubles(c, view);
  const primary = primaryOf(view);
  const doubt = doubtOf(view);
  const doubted = doubt === undefined ? trouble : [doubt.message, ...trouble];
  const wait = input.waitingFor === undefined ? undefined : `waiting for ${input.waitingFor}`;
  if (doubt !== undefined) set.push({ type: "Available", ...doubt, message: doubted.join("; ") });
  else
    set.push({
      type: "Available",
      status: primary !== undefined ? "True" : "False",
      reason:
        primary !== undefined
          ? "PrimaryRunning"
          : c.paused
            ? "Paused"
            : systemIdentifier(view) === undefined
              ? "Bootstrapping"
              : "NoPrimary",
      message: primary !== undefined ? `Instance ${primary.name} takes writes.` : trouble.join("; "),
    });
  set.push({
    type: "Ready",
    status: ready ? "True" : "False",
    reason: ready
      ? "AllInstancesReady"
      : c.paused
        ? "Paused"
        : doubted.length > 0
          ? "InstanceFailing"
          : input.outdated > 0
            ? "RollingUpdate"
            : "Progressing",
    message: [...(ready ? [] : doubted), ...(wait === undefined ? [] : [wait])].join("; "),
  });
  const stopped = c.unmanaged
    ? "spec.unmanaged is set: the operator leaves this cluster alone."
    : (input.missingSecrets ?? []).length > 0
      ? "Secrets with certificates are missing; see TLSSecretsReady."
      : undefined;
  if (stopped === undefined) drop.push("Progressing");
  else set.push({ type: "Progressing", status: "False", reason: "Paused", message: stopped });
  if (c.pooler === undefined) drop.push("ProxyAvailable");
  else
    set.push(
      condition(
        "ProxyAvailable",
        view.deployments
          .get(names.pooler(c))
          ?.status?.conditions?.some((x) => x.type === "Available" && x.status === "True") === true,
        ["MinimumReplicasAvailable", "MinimumReplicasUnavailable"],
      ),
    );
  if (c.pooler?.paused !== true) drop.push("PGBouncerPaused");
  else
    set.push({
      type: "PGBouncerPaused",
      status: "True",
      reason: "Paused",
      message:
        "spec.proxy.pgBouncer.paused is set: as soon as the poolers see it, they hold all queries until it is false.",
    });
  if (input.resizing.length > 0)
    set.push({
      type: "PersistentVolumeResizing",
      status: "True",
      reason: "Resizing",
      message: `Growing: ${input.resizing.join(", ")}.`,
    });
  else {
    const failed = problems.find((p) => p.reason === "VolumeShrinkRefused" || p.reason === "VolumeResizeFailed");
    if (failed === undefined) drop.push("PersistentVolumeResizing");
    else
      set.push({
        type: "PersistentVolumeResizing",
        status: "False",
        reason: failed.reason,
        message: problemText(failed),
      });
  }
  if (systemIdentifier(view) !== undefined) {
    set.push({ type: "PostgresDataInitialized", status: "True", reason: "ClusterAlreadyBootstrapped", message: "" });
  }
  backupConditions(input, set, drop);
  warningConditions(input, set, drop);
  return { set, drop };
}

function backupConditions({ cluster: c, view }: StatusInput, set: WantedCondition[], drop: string[]): void {
  const restoring = activeRestore(view);
  if (restoring !== undefined) {
    set.push({
      type: "PGBackRestoreProgressing",
      status: "True",
      reason: restoring.phase === "stopping" ? "RestoreInPlaceRequested" : "ReadyForRestore",
      message: `Restore ${restoring.restore.metadata.name}: ${restoring.phase}.`,
    });
  } else drop.push("PGBackRestoreProgressing");
  const types = ["PGBackRestRepoHostReady", "PGBackRestReplicaRepoReady", "PGBackRestReplicaCreate", "ReadyForBackup"];
  if (!c.backups.enabled) {
    drop.push(...types);
    return;
  }
  const [host, stanza, create] = [repoHostReady(c, view), stanzaReady(c, view), firstBackupDone(c, view)];
  const refused = appliedMarks(view.cr)["stanzaError"];
  set.push(
    condition("PGBackRestRepoHostReady", host, ["RepoHostReady", "RepoHostNotReady"]),
    condition(
      "PGBackRestReplicaRepoReady",
      stanza,
      ["StanzaCreated", "StanzaNotCreated"],
      stanza ? "" : (refused ?? ""),
    ),
    condition("PGBackRestReplicaCreate", create, ["RepoBackupComplete", "RepoBackupNotComplete"]),
    condition("ReadyForBackup", host && create, [
      "AllConditionsAreTrue",
      host ? "PGBackRestReplicaCreate" : "PGBackRestRepoHostReady",
    ]),
  );
}

/** Fields of the manifest that do nothing here, so that nobody relies on them. */
function effectCondition(view: View): WantedCondition | undefined {
  const found = fieldsWithoutEffect(view.cr.spec).map(({ field, why }) => `${field} (${why.replace(/\.$/, "")})`);
  if (found.length === 0) return undefined;
  const message = `Accepted for compatibility, without effect in this version: ${found.join("; ")}.`;
  return { type: "FieldsWithoutEffect", status: "True", reason: "NotSupported", message };
}

/** What failed and is tried again: in this pass, or inside the pods. */
function failureCondition({ failure, view }: StatusInput): WantedCondition | undefined {
  const inside = insideFailures(view);
  const all = [...(failure === undefined ? [] : [failure.message]), ...inside];
  if (all.length === 0) return undefined;
  const reason = failure?.reason ?? "WorkInsidePodsFailed";
  return { type: "ReconcileFailed", status: "True", reason, message: all.join("; ") };
}

/** Only under the policy that leaves certificates to the user. */
function secretsCondition({ missingSecrets }: StatusInput): WantedCondition | undefined {
  if (missingSecrets === undefined) return undefined;
  const type = "TLSSecretsReady";
  if (missingSecrets.length === 0) return { type, status: "True", reason: "TLSSecretsFound", message: "" };
  const message = `spec.tls.certManagementPolicy is userProvidedOnly, and these Secrets or keys of them are missing: ${missingSecrets.join(", ")}. Create them; instances start once all are there.`;
  return { type, status: "False", reason: "TLSSecretsMissing", message };
}

function warningConditions(input: StatusInput, set: WantedCondition[], drop: string[]): void {
  const { cluster: c, view } = input;
  const found: readonly (readonly [string, WantedCondition | undefined])[] = [
    ["FieldsWithoutEffect", effectCondition(view)],
    ["ReconcileFailed", failureCondition(input)],
    ["TLSSecretsReady", secretsCondition(input)],
    ["ArchivingFailing", archiveCondition(c, view)],
    ["VolumeAlmostFull", volumeCondition(view)],
    ["OutOfMemory", memoryCondition(view)],
  ];
  for (const [type, wanted] of found) {
    if (wanted === undefined) drop.push(type);
    else set.push(wanted);
  }
}
