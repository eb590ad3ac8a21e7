/**
 * Server-side apply and the ownership of fields, as kube-apiserver keeps it: `managedFields` say who set what, by applying
 * (a whole intent) or by updating (single changes).
 */
import { clone, equal, isArray, isObject, type JsonObject } from "../../schema/json.ts";
import { capUpdaters } from "./cap-managers.ts";
import { conflictCauses, conflictMessage } from "./conflict.ts";
import { emptyObject } from "./empty-object.ts";
import { FieldSet } from "./field-set.ts";
import { lastAppliedFields, withLastApplied } from "./last-applied.ts";
import {
  decodeManagers,
  identityOf,
  type Manager,
  type Managers,
  managedFieldsOf,
  withManagers,
  withoutManagers,
} from "./managers.ts";
import { fieldElement } from "./path-element.ts";
import { type TypeView, viewOf } from "./type-view.ts";
import { typeErrors } from "./typed.ts";
import type { ApplyOutcome, ApplyRequest, ManagedWrite, UpdateRequest } from "./types.ts";
import { type Applied, apply, trackUpdate } from "./updater.ts";

export type { ApplyOutcome, ApplyRequest, ManagedWrite, UpdateRequest } from "./types.ts";

/** Server-side apply. The object comes back with its new managedFields, before defaulting and admission. */
export function applyServerSide(request: ApplyRequest): ApplyOutcome {
  const { applied, schema, live: stored } = request;
  if (managedFieldsOf(applied) !== undefined) {
    return { type: "invalid", status: 400, message: "metadata.managedFields must be nil" };
  }
  const view = viewOf(schema);
  const errors = typeErrors(applied, view);
  if (errors.length > 0) return { type: "invalid", status: 500, message: untypedMessage(applied, errors) };

  const live = withoutManagers(stored ?? emptyObject(applied, schema));
  let managers = decodeManagers(stored);
  if (managers === undefined) return { type: "invalid", status: 500, message: "failed to decode managed fields" };
  if (stored !== undefined && managers.size === 0) managers = managersBeforeFirstApply(request, live, view);

  const entry = entryOf(request, String(applied["apiVersion"] ?? ""), "Apply");
  const self = identityOf(entry);
  const known = managers.get(self);
  const change = { live, view, managers, self, entry, ignored: ignoredFields(request) };
  let outcome = apply(change, applied, request.force);
  if ("conflicts" in outcome && request.manager === "kubectl")
    outcome = withoutOwnConflicts(outcome, { ...request, change, view });
  if ("conflicts" in outcome) {
    const sorted = [...outcome.conflicts].sort((a, b) => (a.manager.manager < b.manager.manager ? -1 : 1));
    return { type: "conflict", message: conflictMessage(sorted), causes: conflictCauses(sorted) };
  }
  return { type: "applied", object: settled(outcome, { request, live, self, known }) };
}

type Settled = Exclude<Applied, { conflicts: unknown }>;

/** An apply that changes nothing leaves the time of the applier's entry as it was. */
function settled(
  { object, managers }: Settled,
  { request, live, self, known }: { request: ApplyRequest; live: JsonObject; self: string; known: Manager | undefined },
): JsonObject {
  // A new object has no more than was applied; the empty structs of its type come with decoding.
  const merged = request.live === undefined || !isObject(object) ? clone(request.applied) : object;
  const own = managers.get(self);
  if (own !== undefined && request.live !== undefined && equal(merged, live)) {
    managers.set(self, { ...own, time: known?.time });
  }
  const withAnnotation = request.manager === "kubectl" ? withLastApplied(merged, request.applied) : merged;
  return withManagers(withAnnotation, managers);
}

/** kubectl may take over what kubectl itself set by client-side apply; other conflicts stay. */
function withoutOwnConflicts(
  outcome: Extract<Applied, { conflicts: unknown }>,
  of: ApplyRequest & { change: Parameters<typeof apply>[0]; view: TypeView },
): Applied {
  const own = lastAppliedFields(of.change.live, of.view);
  const foreign = outcome.conflicts.filter(({ path }) => !own.has(path));
  return foreign.length > 0 ? { conflicts: foreign } : apply(of.change, of.applied, true);
}

function managersBeforeFirstApply(request: ApplyRequest, live: JsonObject, view: TypeView): Managers {
  const entry = { ...entryOf(request, String(live["apiVersion"] ?? ""), "Update"), manager: "before-first-apply" };
  const empty = emptyObject(live, request.schema);
  const change = { live: empty, view, managers: new Map(), self: identityOf(entry), entry };
  return trackUpdate({ ...change, ignored: ignoredFields(request) }, live);
}

/** Tracks who owns what for create, update and the three other patch types. Returns `updated` with new managedFields. */
export function updateManagedFields(request: UpdateRequest): JsonObject {
  const { updated, live: stored, schema } = request;
  const managers = managersOfUpdate(request);
  if (managers.size === 0 && stored !== undefined) return withoutManagers(updated);

  const object = withoutManagers(updated);
  const live = withoutManagers(stored ?? emptyObject(updated, schema));
  const entry = entryOf(request, String(updated["apiVersion"] ?? ""), "Update");
  const change = {
    live,
    view: viewOf(schema),
    managers,
    self: identityOf(entry),
    entry,
    ignored: ignoredFields(request),
  };
  const tracked = trackUpdate(change, object);
  capUpdaters(tracked);
  return withManagers(object, tracked);
}

/** A client may send managedFields; sent empty they are cleared, left out or malformed they stay as they are. */
function managersOfUpdate({ updated, live, subresource }: UpdateRequest): Managers {
  const stored = decodeManagers(live) ?? new Map();
  if (subresource !== undefined) return stored;
  const sent = managedFieldsOf(updated);
  if (isArray(sent)) {
    const [first] = sent;
    if (sent.length === 0 || (sent.length === 1 && isObject(first) && Object.keys(first).length === 0))
      return new Map();
  }
  const own = decodeManagers(updated);
  return own === undefined || own.size === 0 ? stored : own;
}

function entryOf(request: ManagedWrite, apiVersion: string, operation: Manager["operation"]): Omit<Manager, "fields"> {
  const manager = request.manager === "" ? "unknown" : request.manager;
  return { manager, operation, apiVersion, subresource: request.subresource, time: request.now };
}

function ignoredFields({ resetFields = [] }: ManagedWrite): FieldSet {
  return FieldSet.of(...resetFields.map((path) => path.map(fieldElement)));
}

function untypedMessage(applied: JsonObject, errors: readonly string[]): string {
  const metadata = isObject(applied["metadata"]) ? applied["metadata"] : {};
  const [version = "", group = ""] = String(applied["apiVersion"] ?? "")
    .split("/")
    .reverse();
  const kind = `${group}/${version}, Kind=${String(applied["kind"] ?? "")}`;
  const name = `${String(metadata["namespace"] ?? "")}/${String(metadata["name"] ?? "")}`;
  const details = errors.length === 1 ? errors[0] : `errors:\n${errors.map((error) => `  ${error}`).join("\n")}`;
  return `failed to create typed patch object (${name}; ${kind}): ${details}`;
}

/**
 * `updated` with the managedFields of `live` when nothing but times in them differs: such a write is none. Use it on what
 * would be stored, after defaulting and admission.
 */
export function keepUnchangedTimes(live: JsonObject, updated: JsonObject): JsonObject {
  const before = managedFieldsOf(live);
  const after = managedFieldsOf(updated);
  if (!isArray(before) || !isArray(after) || before.length !== after.length) return updated;
  if (!equal(withoutManagers(live), withoutManagers(updated))) return updated;
  const timeless = (entries: readonly unknown[]): unknown[] =>
    entries.map((entry) => (isObject(entry) ? { ...entry, time: undefined } : entry));
  const sameEntries = timeless(before).every((entry) => timeless(after).some((other) => equal(entry, other)));
  if (!sameEntries) return updated;
  const metadata = isObject(updated["metadata"]) ? updated["metadata"] : {};
  return { ...updated, metadata: { ...metadata, managedFields: before } };
}
