/** Asks PostgreSQL itself whether it would take a set of parameters, without touching a database. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";

export type Parameters = Readonly<Record<string, unknown>>;

/** Parameters that name places which exist only in a running instance. */
const SKIP = new Set(["shared_preload_libraries", "unix_socket_directories"]);

/**
 * @returns what PostgreSQL says against the parameters, one sentence; undefined when it takes them
 */
export function refusedParameters(parameters: Parameters, binDirectory: string): string | undefined {
  const missing = missingLibrary(parameters, binDirectory);
  if (missing !== undefined) return `shared_preload_libraries: the image has no library "${missing}"`;
  mkdirSync("/tmp/keelson", { recursive: true });
  const directory = mkdtempSync("/tmp/keelson/check-");
  try {
    const options = Object.entries(parameters)
      .filter(([name, value]) => !SKIP.has(name) && value !== null && value !== undefined)
      .flatMap(([name, value]) => ["-c", `${name}=${String(value)}`]);
    const result = spawnSync(
      `${binDirectory}/postgres`,
      ["-C", "max_connections", "-D", directory, "-c", "config_file=/dev/null", ...options],
      { encoding: "utf8", timeout: 10_000, env: { ...process.env, LC_ALL: "C" } },
    );
    if (result.status === 0) return undefined;
    if (result.status === null) return undefined; // could not be asked: no ground to refuse
    return messageOf(result.stderr);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** The FATAL and HINT lines of PostgreSQL's log as one sentence. */
export function messageOf(stderr: string): string {
  const lines = stderr.split("\n");
  const pick = (word: string): string | undefined =>
    lines.map((line) => new RegExp(`${word}:\\s+(.*)$`).exec(line)?.[1]).find((text) => text !== undefined);
  const fatal = pick("FATAL") ?? stderr.trim().slice(-300);
  const hint = pick("HINT");
  return hint === undefined ? fatal : `${fatal} (${hint})`;
}

function missingLibrary(parameters: Parameters, binDirectory: string): string | undefined {
  const libraries = String(parameters["shared_preload_libraries"] ?? "")
    .split(",")
    .map((name) => name.trim().replace(/^"|"$/g, ""));
  const folder = binDirectory.replace(/bin$/, "lib");
  return libraries.find((name) => name !== "" && !name.includes("/") && !existsSync(`${folder}/${name}.so`));
}
