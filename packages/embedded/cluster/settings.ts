import { mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { writeDurably } from "./durable-file.ts";

/** What the person chose at `up`; kept so that a later start without options brings the same cluster back. */
export interface Settings {
  /** Number of nodes on this machine, 1 to 9. */
  readonly nodes: number;
  /** TCP port of the API server on 127.0.0.1. */
  readonly apiPort: number;
  /** TCP port of the portal on 127.0.0.1. */
  readonly portalPort: number;
  /** Where images are kept; beside the cluster's other state when undefined. Several clusters may share one place. */
  readonly images?: string;
}

export const defaultSettings: Settings = { nodes: 1, apiPort: 6443, portalPort: 8080 };

/** The settings of an earlier start, or undefined where there was none. */
export function readSettings(file: string): Settings | undefined {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  return { ...defaultSettings, ...(JSON.parse(text) as Partial<Settings>) };
}

export function writeSettings(file: string, settings: Settings): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeDurably(
    file,
    `${JSON.stringify(settings, undefined, 2)}
`,
  );
}
