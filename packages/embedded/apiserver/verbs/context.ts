/** One request for a resource, after authorisation. */
import type { RequestInfo } from "../http/request-info.ts";
import type { Exchange } from "../http/respond.ts";
import type { Platform } from "../platform.ts";
import type { Resource } from "../registry/resource.ts";
import type { User } from "../types.ts";

export interface ResourceRequest {
  readonly platform: Platform;
  readonly resource: Resource;
  readonly info: RequestInfo;
  readonly user: User;
  readonly exchange: Exchange;
}

/** `dryRun=All`: everything is checked and nothing is kept. */
export function isDryRun(info: RequestInfo): boolean {
  return info.query.getAll("dryRun").includes("All");
}

/** Whole seconds in UTC, as `metav1.Time` is written. */
export function timestamp(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}

/** The field manager: asked for, or the program's name from the User-Agent. */
export function fieldManager(request: ResourceRequest): string {
  const asked = request.info.query.get("fieldManager");
  if (asked !== null && asked !== "") return asked;
  const agent = request.exchange.request.headers["user-agent"] ?? "unknown";
  return (agent.split("/", 1)[0] ?? "unknown").slice(0, 128);
}
