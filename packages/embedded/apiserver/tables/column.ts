/** One column of a Table, and the helpers that cells are made with. */
import type { KubeObject } from "../types.ts";

export type Cell = string | number | boolean | null;

export interface Column {
  readonly name: string;
  readonly type?: string;
  readonly format?: string;
  readonly description?: string;
  /** 0: always shown; 1: with `-o wide` only. */
  readonly priority?: number;
  cell(object: KubeObject, now: number): Cell;
}

/** How long ago in kubectl's short form: `5s`, `3m20s`, `4h`, `12d`, `2y34d`. */
export function humanDuration(ms: number): string {
  const seconds = Math.trunc(ms / 1_000);
  if (seconds < -1) return "<invalid>";
  if (seconds < 0) return "0s";
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.trunc(seconds / 60);
  if (minutes < 10) return join(minutes, "m", seconds % 60, "s");
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.trunc(minutes / 60);
  if (hours < 8) return join(hours, "h", minutes % 60, "m");
  if (hours < 48) return `${hours}h`;
  const days = Math.trunc(hours / 24);
  if (hours < 192) return join(days, "d", hours % 24, "h");
  if (days < 365 * 2) return `${days}d`;
  const years = Math.trunc(days / 365);
  if (days < 365 * 8) return join(years, "y", days % 365, "d");
  return `${years}y`;
}

function join(whole: number, unit: string, part: number, partUnit: string): string {
  return part === 0 ? `${whole}${unit}` : `${whole}${unit}${part}${partUnit}`;
}

/** `<unknown>` without a time. */
export function age(time: string | null | undefined, now: number): string {
  if (time === undefined || time === null || time === "") return "<unknown>";
  return humanDuration(now - Date.parse(time));
}
