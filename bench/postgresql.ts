/**
 * How fast a PostgreSQL cluster starts and how long writes pause: apply to ready, primary's pod deleted without grace, planned
 * switchover, primary's process killed. Prints a Markdown table.
 * Run as root: `node bench/postgresql.ts [RUNS]` (default 10); images are built first when they are not there.
 */
import { setTimeout as delay } from "node:timers/promises";
import { Ledger } from "../e2e/ledger.ts";
import { openNamespace } from "../e2e/namespace.ts";
import { startPlatform } from "../e2e/platform.ts";
import { clusterManifest, connectionString } from "../e2e/postgresql.ts";
import { row, tableHead } from "./statistics.ts";

const runs = Number(process.argv[2] ?? 10);
/** Acknowledged rows after an interruption before its gap counts as over: what interrupts once more right behind it is part of it. */
const settledRows = 1_000;
/** Milliseconds in which a cluster that has just become ready takes up its synchronous replicas again: a plan waits for that. */
const settlesMs = 5_000;
await using platform = await startPlatform();
const space = await openNamespace(platform, "default");

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

// The first cluster builds the image; it does not count.
await space.apply(clusterManifest("warm", { instances: 1 }));
await space.untilReady("warm", 600_000);
await space.kubectl("delete", "pg", "warm");

const readySeconds: number[] = [];
for (let run = 0; run < 3; run++) {
  const name = `start${run}`;
  const manifest = clusterManifest(name);
  const milliseconds = await timed(async () => {
    await space.apply(manifest);
    await space.untilReady(name);
  });
  readySeconds.push(milliseconds / 1_000);
  if (run < 2) await space.kubectl("delete", "pg", name);
}

const name = "start2";
const ledger = await Ledger.start(await connectionString(space, name));

/** Nothing but the ledger runs while a gap is measured: a kubectl takes processor time that the failover then lacks. */
async function gaps(
  inject: (primary: string) => Promise<unknown>,
  { moves, waitMs = 0 }: { readonly moves: boolean; readonly waitMs?: number },
): Promise<number[]> {
  const values: number[] = [];
  for (let run = 0; run < runs; run++) {
    await space.untilReady(name);
    const before = await space.primary(name);
    await ledger.acknowledges(100);
    await delay(waitMs);
    ledger.resetGap();
    const { interruptions } = ledger.report();
    await inject(before);
    await ledger.interruptedMoreThan(interruptions);
    await ledger.acknowledges(settledRows);
    values.push(ledger.report().longestGapMs);
    await space.untilReady(name);
    if (moves && (await space.primary(name)) === before) throw new Error(`${before} is still the primary`);
  }
  return values;
}

const deleted = await gaps((pod) => space.kubectl("delete", "pod", pod, "--grace-period=0", "--force"), {
  moves: false,
});
await space.patch(name, { patroni: { switchover: { enabled: true } } });
const switchover = () => {
  const trigger = `pgv2.percona.com/trigger-switchover=${Date.now()}`;
  return space.kubectl("annotate", "pg", name, "--overwrite", trigger);
};
const switched = await gaps(switchover, { moves: true, waitMs: settlesMs });
const switchedAgain = await gaps(switchover, { moves: true });
const kill = "kill -9 $(head -n 1 /pgdata/pg17/postmaster.pid)";
const killed = await gaps((pod) => space.kubectl("exec", pod, "-c", "database", "--", "sh", "-c", kill), {
  moves: false,
});
await ledger.stop();
await ledger.check();
console.log(tableHead);
console.log(row("apply to 3 instances ready", readySeconds, "s", "< 20 s"));
console.log(row("write gap: primary's pod deleted without grace", deleted, "ms", "< 3 s"));
console.log(row("write gap: planned switchover", switched, "ms", "< 1 s"));
console.log(row("write gap: the next switchover as soon as it is ready", switchedAgain, "ms", ""));
console.log(row("write gap: primary's process killed", killed, "ms", "< 5 s"));
