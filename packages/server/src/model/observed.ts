/** Everything that is known about one database at one moment, read from the caches; what the pure views are made of. */
import type { CoreEvent, Endpoints, Pod, Service } from "@keelson/kube";
import type { PgBackup, PgCluster, PgRestore } from "./resources.ts";

export interface Observed {
  readonly cluster: PgCluster;
  readonly pods: readonly Pod[];
  /** Patroni's leader object `<c>-ha`: its annotations say who leads and how far the log is. */
  readonly leader?: Endpoints | undefined;
  readonly services: readonly Service[];
  readonly backups: readonly PgBackup[];
  readonly restores: readonly PgRestore[];
  /** Warnings about this database's objects, newest first. */
  readonly warnings: readonly CoreEvent[];
}

/** An object's name; empty only for what cannot come from an API server. */
export const nameOf = (object: { metadata?: { name?: string } }): string => object.metadata?.name ?? "";

/** An object's label. */
export const labelOf = (
  object: { metadata?: { labels?: { [name: string]: string } } },
  key: string,
): string | undefined => object.metadata?.labels?.[key];

/** RFC 3339 with milliseconds, or undefined for what is no time. */
export function isoTime(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const parsed = Date.parse(text);
  return Number.isNaN(parsed) ? undefined : new Date(parsed).toISOString();
}

/** PostgreSQL's and Kubernetes' forms of a moment: "2026-11-21 09:30:00.123456+0000", "2026-11-21T09:30:00Z". */
export function momentOf(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const match = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(\.\d+)?\s*(Z|[+-]\d\d(?::?\d\d)?)?$/.exec(text.trim());
  if (match === null) return isoTime(text);
  const [, day, clock, fraction = "", zone = "Z"] = match;
  return isoTime(`${day}T${clock}${fraction.slice(0, 4)}${normalZone(zone)}`);
}

function normalZone(zone: string): string {
  if (zone === "Z") return zone;
  const digits = zone.slice(1).replace(":", "").padEnd(4, "0");
  return `${zone.slice(0, 1)}${digits.slice(0, 2)}:${digits.slice(2)}`;
}
