/** GET of a collection: whole, in pieces, selected; as a list or as a Table. Bodies are joined from the cached bytes. */
import { badRequest, expired, invalid } from "../errors.ts";
import { negotiate } from "../http/negotiate.ts";
import { sendJson } from "../http/respond.ts";
import { listItemBytes, listItemOpening, wireObject } from "../registry/codec.ts";
import { apiVersionOf, type Resource } from "../registry/resource.ts";
import type { Stored } from "../storage/stored.ts";
import { partialMetadataList } from "../tables/partial-metadata.ts";
import { tableOf } from "../tables/table.ts";
import type { ResourceRequest } from "./context.ts";
import { decodeToken, encodeToken } from "./continue-tokens.ts";
import { awaitVersion } from "./fresh.ts";
import { parseResourceVersion, parseSelection } from "./select.ts";
import { sendParts } from "./send-parts.ts";

interface Page {
  readonly items: readonly Stored[];
  readonly resourceVersion: number;
  readonly continue?: string;
  readonly remaining?: number;
}

export async function list(request: ResourceRequest): Promise<void> {
  const { resource, info, exchange, platform } = request;
  const accepted = negotiate(exchange.request.headers.accept);
  const { query } = info;
  const atLeast = parseResourceVersion(query.get("resourceVersion"));
  checkVersionMatch(query);
  if (atLeast !== undefined && atLeast > 0) await awaitVersion(platform, atLeast);
  const page = findPage(request);
  const metadata = {
    resourceVersion: String(page.resourceVersion),
    ...(page.continue !== undefined && { continue: page.continue }),
    ...(page.remaining !== undefined && page.remaining > 0 && { remainingItemCount: page.remaining }),
  };
  if (accepted.as === "Table") {
    const objects = page.items.map((s) => wireObject(resource, s));
    sendJson(
      exchange,
      200,
      tableOf(resource, objects, metadata, query.get("includeObject"), platform.now(), accepted.version),
    );
    return;
  }
  if (accepted.as !== undefined) {
    sendJson(
      exchange,
      200,
      partialMetadataList(
        page.items.map((s) => wireObject(resource, s)),
        metadata,
        accepted.version,
      ),
    );
    return;
  }
  const head = `{"kind":${JSON.stringify(resource.listKind)},"apiVersion":${JSON.stringify(apiVersionOf(resource))},"metadata":${JSON.stringify(metadata)},"items":[`;
  await sendParts(exchange, accepted.type, listParts(resource, head, page.items));
}

function* listParts(resource: Resource, head: string, items: readonly Stored[]): Generator<Buffer> {
  const opening = listItemOpening(resource);
  yield Buffer.from(head + (items.length > 0 ? opening : ""));
  const between = Buffer.from(`,${opening}`);
  let first = true;
  for (const item of items) {
    if (!first) yield between;
    first = false;
    yield listItemBytes(resource, item);
  }
  yield Buffer.from("]}\n");
}

function checkVersionMatch(query: URLSearchParams): void {
  const match = query.get("resourceVersionMatch") ?? "";
  const version = query.get("resourceVersion") ?? "";
  const problem = versionMatchProblem(match, version, query.get("continue") ?? "");
  if (problem === undefined) return;
  throw invalid({ group: "meta.k8s.io", kind: "ListOptions" }, "", [problem]);
}

function versionMatchProblem(match: string, version: string, token: string) {
  const field = "resourceVersionMatch";
  if (match === "") return undefined;
  if (version === "") {
    const detail = "resourceVersionMatch is forbidden unless resourceVersion is provided";
    return { type: "FieldValueForbidden", field, detail } as const;
  }
  if (token !== "") {
    return {
      type: "FieldValueForbidden",
      field,
      detail: "resourceVersionMatch is forbidden when continue is provided",
    } as const;
  }
  if (match !== "Exact" && match !== "NotOlderThan") {
    return {
      type: "FieldValueNotSupported",
      field,
      badValue: match,
      detail: 'supported values: "Exact", "NotOlderThan", ""',
    } as const;
  }
  if (match === "Exact" && version === "0") {
    const detail = 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"';
    return { type: "FieldValueForbidden", field, detail } as const;
  }
  return undefined;
}

function findPage({ resource, info, platform }: ResourceRequest): Page {
  const { store, continueTokens } = platform;
  const { query, namespace } = info;
  const selection = parseSelection(resource, info);
  const limit = parseLimit(query.get("limit"));
  const tokenText = query.get("continue") ?? "";
  const now = platform.now().getTime();
  const scope = `${resource.collection} ${namespace}`;
  const collection = store.collection(resource.collection);

  let resourceVersion = store.resourceVersion;
  let all: readonly Stored[];
  let start = "";
  const exact = exactVersion(query, limit);
  if (exact !== undefined) {
    const then = collection.listAt(exact, namespace);
    if (then === undefined) throw expired("The resourceVersion for the provided list is too old.");
    all = then;
    resourceVersion = exact;
  } else if (tokenText === "") {
    all = collection.list(namespace);
  } else {
    if ((query.get("resourceVersion") ?? "") !== "" && query.get("resourceVersion") !== "0") {
      throw badRequest("specifying resource version is not allowed when using continue");
    }
    const token = decodeToken(tokenText);
    start = token.start;
    if (token.rv === -1) all = collection.list(namespace);
    else {
      all = continueTokens.recall(scope, token, now);
      resourceVersion = token.rv;
    }
  }

  const items: Stored[] = [];
  let index = start === "" ? 0 : firstAfter(all, start);
  for (; index < all.length && (limit === 0 || items.length < limit); index++) {
    const stored = all[index];
    if (stored !== undefined && (selection.selects?.(stored) ?? true)) items.push(stored);
  }
  const last = all[index - 1];
  const hasMore = index < all.length && (selection.selects === undefined || all.slice(index).some(selection.selects));
  if (!hasMore || last === undefined) return { items, resourceVersion };
  continueTokens.remember(scope, resourceVersion, all, now);
  return {
    items,
    resourceVersion,
    continue: encodeToken({ v: "keelson/v1", rv: resourceVersion, start: last.key }),
    ...(selection.selects === undefined && { remaining: all.length - index }),
  };
}

/** The version that the list must have, no older and no newer. A first piece with a version and without a match means it too. */
function exactVersion(query: URLSearchParams, limit: number): number | undefined {
  if ((query.get("continue") ?? "") !== "") return undefined;
  const match = query.get("resourceVersionMatch") ?? "";
  if (match !== "Exact" && (match !== "" || limit === 0)) return undefined;
  const version = parseResourceVersion(query.get("resourceVersion"));
  return version === 0 ? undefined : version;
}

function parseLimit(text: string | null): number {
  if (text === null || text === "") return 0;
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 0) throw badRequest(`limit: Invalid value: ${JSON.stringify(text)}`);
  return limit;
}

function firstAfter(items: readonly Stored[], key: string): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((items[middle]?.key ?? "") <= key) low = middle + 1;
    else high = middle;
  }
  return low;
}
