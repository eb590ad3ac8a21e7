/** Progress as named steps, with what each waits for. Pure. */
import type { Phase, Step } from "../api/views.ts";
import { defined } from "./defined.ts";
import { type Facts, isInitialised } from "./phase.ts";

interface Draft {
  readonly id: string;
  readonly title: string;
  readonly done: boolean;
  readonly detail?: string | undefined;
  readonly failed?: boolean;
}

/** The steps of what is under way; empty when nothing is. */
export function stepsOf(phase: Phase, facts: Facts): Step[] {
  if (phase === "creating" || (phase === "blocked" && !isInitialised(facts.observed))) return ordered(creation(facts));
  if (phase === "restoring") return ordered(restoring(facts));
  if (phase === "deleting") return ordered(deletion(facts));
  const fresh = phase === "degraded" && !facts.observed.backups.some((backup) => backup.status?.state === "Succeeded");
  return fresh ? ordered(creation(facts)) : [];
}

function creation({ observed, topology, instances, poolers }: Facts): Draft[] {
  const { status } = observed.cluster;
  const bad = topology.instances.find((instance) => instance.level === "bad");
  const first = topology.instances.find((instance) => !instance.ready);
  const primary = topology.instances.some((instance) => instance.role === "primary" && instance.ready);
  const badPooler = topology.poolers.find((pooler) => pooler.level === "bad");
  return [
    { id: "accepted", title: "Taken up by the operator", done: (status?.state ?? "") !== "", detail: "the operator" },
    {
      id: "primary",
      title: "First instance takes writes",
      done: primary,
      failed: !primary && bad !== undefined,
      detail: waitingWords(bad ?? first) ?? "its pod to be made",
    },
    {
      id: "replicas",
      title: `All ${instances.wanted} instances are up`,
      done: instances.ready >= instances.wanted,
      failed: primary && bad !== undefined,
      detail: waitingWords(bad ?? first) ?? `${instances.ready} of ${instances.wanted} ready`,
    },
    ...(poolers.wanted === 0
      ? []
      : [
          {
            id: "poolers",
            title: "Poolers take connections",
            done: poolers.ready >= poolers.wanted,
            failed: badPooler !== undefined,
            detail: waitingWords(badPooler) ?? `${poolers.ready} of ${poolers.wanted} ready`,
          },
        ]),
    ...(observed.cluster.spec?.backups?.enabled === false ? [] : [firstBackup(observed.backups)]),
  ];
}

function firstBackup(backups: Facts["observed"]["backups"]): Draft {
  const states = backups.map((backup) => backup.status?.state);
  return {
    id: "backup",
    title: "First backup is done",
    done: states.includes("Succeeded"),
    detail: states.includes("Running") ? "the backup that runs" : "the backup repository",
  };
}

function restoring({ observed, topology, instances }: Facts): Draft[] {
  const restore = observed.restores.find((one) => one.status?.state === "Starting" || one.status?.state === "Running");
  const condition = observed.cluster.status?.conditions?.find((one) => one.type === "PGBackRestoreProgressing");
  const ready = condition?.reason === "ReadyForRestore" || restore?.status?.state === "Running";
  return [
    {
      id: "stop",
      title: "Instances are stopped",
      done: ready,
      detail: `${topology.instances.length} of ${instances.wanted} still there`,
    },
    {
      id: "restore",
      title: "Data is brought back",
      done: condition !== undefined && condition.status === "False",
      detail: "pgBackRest to end",
    },
    {
      id: "start",
      title: "Instances are up again",
      done: false,
      detail: `${instances.ready} of ${instances.wanted} ready`,
    },
  ];
}

function deletion({ observed, topology }: Facts): Draft[] {
  const keeps = (observed.cluster.metadata?.finalizers ?? []).length;
  return [
    {
      id: "poolers",
      title: "Poolers are gone",
      done: topology.poolers.length === 0,
      detail: `${topology.poolers.length} left`,
    },
    {
      id: "instances",
      title: "Instances are gone",
      done: topology.instances.length === 0,
      detail: `${topology.instances.length} left`,
    },
    { id: "rest", title: "Everything else is cleaned up", done: keeps === 0, detail: "the operator" },
  ];
}

function waitingWords(part: { readonly pod: string; readonly waitingFor?: string } | undefined): string | undefined {
  return part === undefined ? undefined : `${part.pod}: ${part.waitingFor ?? "starting"}`;
}

/** Done, then one active (or failed), then waiting: a later step that is done already stays done. */
function ordered(drafts: readonly Draft[]): Step[] {
  const current = drafts.findIndex((draft) => !draft.done);
  return drafts.map((draft, index) => {
    const state = draft.done ? "done" : draft.failed === true ? "failed" : index === current ? "active" : "waiting";
    return {
      id: draft.id,
      title: draft.title,
      state,
      ...defined({ detail: draft.done || state === "waiting" ? undefined : draft.detail }),
    };
  });
}
