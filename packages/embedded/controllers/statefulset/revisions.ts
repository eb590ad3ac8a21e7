/** History of a StatefulSet's or DaemonSet's pod template as ControllerRevisions. Pure. */
import { canonicalJson } from "@keelson/kube";
import { contentHash } from "../objects/canonical.ts";
import { controllerReference, type Owner } from "../objects/owners.ts";
import type { ControllerRevision, PodTemplateSpec } from "../objects/types.ts";

/** The part of a set that its history keeps. */
export interface Revised extends Owner {
  readonly spec?: { readonly template: PodTemplateSpec; readonly revisionHistoryLimit?: number };
}

/** What a revision stores: a strategic merge patch that puts the template back (the form `kubectl rollout undo` reads). */
interface RevisionData {
  readonly spec: { readonly template: PodTemplateSpec & { readonly $patch?: "replace" } };
}

/** What must happen so that the newest revision describes the set's template. */
export interface RevisionPlan {
  /** Name of the revision that describes the template now. */
  readonly update: ControllerRevision;
  /** Set when `update` has to be created. */
  readonly create?: ControllerRevision;
  /** Set when `update` exists but has to become the newest (a rollback). */
  readonly renumber?: ControllerRevision;
}

/** Sorted by revision number, oldest first, creation time and name breaking ties. */
export function sortedRevisions(revisions: readonly ControllerRevision[]): readonly ControllerRevision[] {
  const key = (r: ControllerRevision) => `${r.metadata.creationTimestamp ?? ""}/${r.metadata.name ?? ""}`;
  return [...revisions].sort((a, b) => a.revision - b.revision || (key(a) < key(b) ? -1 : 1));
}

/** Finds or makes the revision of the set's present template. `revisions` are the set's own, in any order. */
export function planRevision(
  owner: Revised,
  revisions: readonly ControllerRevision[],
  collisionCount: number,
): RevisionPlan {
  const sorted = sortedRevisions(revisions);
  const data = revisionData(owner);
  const wanted = canonicalJson(data);
  const newest = sorted.at(-1);
  const next = (newest?.revision ?? 0) + 1;
  const equal = sorted.findLast((revision) => canonicalJson(revision["data"]) === wanted);
  if (equal !== undefined && newest !== undefined) {
    if (canonicalJson(newest["data"]) === wanted) return { update: newest };
    const renumbered = { ...equal, revision: next };
    return { update: renumbered, renumber: renumbered };
  }
  const create = newRevision(owner, data, { revision: next, collisionCount });
  return { update: create, create };
}

/** The pod template that a revision holds; the set's own when the revision is unreadable. */
export function templateOf(owner: Revised, revision: ControllerRevision): PodTemplateSpec {
  const stored = revision["data"] as unknown as Partial<RevisionData> | undefined;
  const template = stored?.spec?.template;
  if (template === undefined) return owner.spec?.template ?? {};
  const { $patch: _, ...plain } = template;
  return plain;
}

/** Revisions beyond the history limit that nobody uses, oldest first. */
export function surplusRevisions(
  owner: Revised,
  revisions: readonly ControllerRevision[],
  live: ReadonlySet<string>,
): readonly ControllerRevision[] {
  const limit = owner.spec?.revisionHistoryLimit ?? 10;
  const history = sortedRevisions(revisions).filter((revision) => !live.has(revision.metadata.name ?? ""));
  return limit < 0 ? [] : history.slice(0, Math.max(0, history.length - limit));
}

function revisionData(owner: Revised): RevisionData {
  return { spec: { template: { ...(owner.spec?.template ?? {}), $patch: "replace" } } };
}

function newRevision(
  owner: Revised,
  data: RevisionData,
  number: { readonly revision: number; readonly collisionCount: number },
): ControllerRevision {
  const hash = contentHash(data, number.collisionCount === 0 ? undefined : number.collisionCount);
  const { namespace, name = "", annotations } = owner.metadata;
  return {
    apiVersion: "apps/v1",
    kind: "ControllerRevision",
    metadata: {
      name: `${name.slice(0, 223)}-${hash}`,
      ...(namespace === undefined ? {} : { namespace }),
      labels: { ...owner.spec?.template.metadata?.labels, "controller.kubernetes.io/hash": hash },
      ...(annotations === undefined ? {} : { annotations }),
      ownerReferences: [controllerReference(owner)],
    },
    data: data as unknown as NonNullable<ControllerRevision["data"]>,
    revision: number.revision,
  };
}
