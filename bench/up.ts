/**
 * How long `./keelson up` takes: once in a fresh clone without images, dependencies and data, until the sample takes writes; then warm, until
 * the operator runs and until the sample takes writes again; and `./keelson down`. Prints a Markdown table.
 * Run as root: `node bench/up.ts [WARM RUNS]` (default 3). System packages that are missing are installed, and npm's cache is used.
 */
import { execFile, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { freePort } from "@keelson/kube/testing";
import { root } from "../e2e/platform.ts";
import { row, tableHead } from "./statistics.ts";

const runs = Number(process.argv[2] ?? 3);
const folder = mkdtempSync(join(tmpdir(), "keelson-bench-up-"));
const clone = join(folder, "clone");
await promisify(execFile)("git", ["clone", "--quiet", root, clone]);
const ports = ["--api-port", String(await freePort()), "--portal-port", String(await freePort())];

/** Seconds until a command has ended, and until each of its steps was said to be finished. */
async function keelson(...args: string[]): Promise<{ readonly seconds: number; readonly steps: Map<string, number> }> {
  const began = performance.now();
  const elapsed = (): number => (performance.now() - began) / 1_000;
  const steps = new Map<string, number>();
  const child = spawn(join(clone, "keelson"), [...args, "--data", join(folder, "data")], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const exit = new Promise<number | null>((resolve) => child.once("exit", resolve));
  // What runs on may keep the pipe open: the end of the output is not the end of the command.
  createInterface({ input: child.stderr }).on("line", (line) => {
    const step = /✓ (.*?) {2}/.exec(line)?.[1];
    if (step !== undefined) steps.set(step, elapsed());
  });
  const code = await exit;
  if (code !== 0) throw new Error(`keelson ${args.join(" ")} ended with ${code}`);
  return { seconds: elapsed(), steps };
}

const up = () => keelson("up", "--detach", "--images", join(folder, "images"), ...ports);
const operatorRuns: number[] = [];
const takesWrites: number[] = [];
const ended: number[] = [];
try {
  const fresh = await up();
  for (let run = 0; run < runs; run++) {
    ended.push((await keelson("down")).seconds);
    const { seconds, steps } = await up();
    operatorRuns.push(steps.get("operator, server, node") ?? Number.NaN);
    takesWrites.push(seconds);
  }
  console.log(tableHead);
  console.log(row("up in a fresh clone until the sample takes writes", [fresh.seconds], "s", "< 180 s"));
  console.log(row("up, warm, until the operator runs", operatorRuns, "s", "< 10 s"));
  console.log(row("up, warm, until the sample takes writes", takesWrites, "s", ""));
  console.log(row("down", ended, "s", ""));
} finally {
  await keelson("reset", "--yes");
  rmSync(folder, { recursive: true, force: true });
}
