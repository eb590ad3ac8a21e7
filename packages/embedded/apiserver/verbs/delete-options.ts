/** How a delete is to be done: from the body (`DeleteOptions`) or the query. */
import { badRequest, invalid } from "../errors.ts";
import { isTrue, type RequestInfo } from "../http/request-info.ts";
import type { Exchange } from "../http/respond.ts";
import type { FieldError } from "../schema/index.ts";
import { isObject, numberAt, objectAt, stringAt } from "../types.ts";
import { readJson } from "./decode.ts";

export interface DeleteOptions {
  readonly gracePeriodSeconds: number | undefined;
  readonly propagationPolicy: "Orphan" | "Background" | "Foreground" | undefined;
  readonly uid: string | undefined;
  readonly resourceVersion: string | undefined;
  readonly dryRun: boolean;
}

const policies = ["Orphan", "Background", "Foreground"] as const;

export async function readDeleteOptions(exchange: Exchange, info: RequestInfo): Promise<DeleteOptions> {
  const body = await readJson(exchange);
  if (body !== undefined && !isObject(body.value))
    throw badRequest("couldn't get version/kind; json parse error: not an object");
  const options = body?.value;
  const query = info.query;
  const grace = numberAt(options, "gracePeriodSeconds") ?? numberOf(query.get("gracePeriodSeconds"));
  const policy = stringAt(options, "propagationPolicy") ?? query.get("propagationPolicy") ?? undefined;
  const orphan = isObject(options) ? options["orphanDependents"] : query.get("orphanDependents");
  const problems = [...problemsOf(grace, policy, orphan)];
  if (problems.length > 0) throw invalid({ group: "meta.k8s.io", kind: "DeleteOptions" }, "", problems);
  const preconditions = objectAt(options, "preconditions");
  const dryRun = isObject(options) && Array.isArray(options["dryRun"]) && options["dryRun"].includes("All");
  return {
    gracePeriodSeconds: grace,
    propagationPolicy: policies.find((p) => p === policy) ?? oldForm(orphan),
    uid: stringAt(preconditions, "uid"),
    resourceVersion: stringAt(preconditions, "resourceVersion"),
    dryRun: dryRun || query.getAll("dryRun").includes("All"),
  };
}

function oldForm(orphan: unknown): DeleteOptions["propagationPolicy"] {
  if (orphan === true || (typeof orphan === "string" && isTrue(orphan))) return "Orphan";
  if (orphan === false || typeof orphan === "string") return "Background";
  return undefined;
}

function* problemsOf(grace: number | undefined, policy: string | undefined, orphan: unknown): Generator<FieldError> {
  if (policy !== undefined && orphan !== undefined && orphan !== null) {
    yield {
      type: "FieldValueInvalid",
      field: "propagationPolicy",
      badValue: policy,
      detail: "orphanDependents and deletionPropagation cannot be both set",
    };
  }
  if (policy !== undefined && !policies.some((p) => p === policy)) {
    yield {
      type: "FieldValueNotSupported",
      field: "propagationPolicy",
      badValue: policy,
      detail: 'supported values: "Foreground", "Background", "Orphan", "nil"',
    };
  }
  if (grace !== undefined && !Number.isInteger(grace)) {
    yield { type: "FieldValueInvalid", field: "gracePeriodSeconds", badValue: grace, detail: "must be an integer" };
  }
}

function numberOf(text: string | null): number | undefined {
  return text === null || text === "" ? undefined : Number(text);
}
