/**
 * How fast a PostgreSQL cluster starts and how long writes pause: apply to ready, primary's pod deleted without grace, planned
 * switchover, primary's process killed. Prints a Markdown table.
 * Run as root: `node bench/postgresql.ts [RUNS]` (default 10); images are built first when they are not there.
 */
import { Ledger } from "../e2e/ledger.ts";
import { startPlatform } from "../e2e/platform.ts";
import { clusterManifest, connectionString, primaryPod, untilReady } from "../e2e/postgresql.ts";
import { until } from "../e2e/until.ts";
import { row, tableHead } from "./statistics.ts";

const runs = Number(process.argv[2] ?? 10);
const cleanUps: (() => Promise<void>)[] = [];
const platform = await startPlatform({ after: (work) => cleanUps.unshift(work) });

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

try {
  // The first cluster builds the image; it does not count.
  await platform.kubectl(["apply", "-f", "-"], clusterManifest("warm", { instances: 1 }));
  await untilReady(platform, "warm", 600_000);
  await platform.kubectl(["delete", "pg", "warm"]);

  const readySeconds: number[] = [];
  for (let run = 0; run < 3; run++) {
    const name = `start${run}`;
    const manifest = clusterManifest(name);
    readySeconds.push(
      (await timed(async () => {
        await platform.kubectl(["apply", "-f", "-"], manifest);
        await untilReady(platform, name);
      })) / 1_000,
    );
    if (run < 2) await platform.kubectl(["delete", "pg", name]);
  }

  const name = "start2";
  const ledger = await Ledger.start(await connectionString(platform, name));
  const gaps = async (inject: (primary: string) => Promise<unknown>): Promise<number[]> => {
    const values: number[] = [];
    for (let run = 0; run < runs; run++) {
      await untilReady(platform, name);
      await ledger.acknowledges(100);
      ledger.resetGap();
      await inject(await primaryPod(platform, name));
      await ledger.acknowledges(200);
      await untilReady(platform, name);
      await ledger.acknowledges(100);
      values.push(ledger.report().longestGapMs);
    }
    return values;
  };
  const deleted = await gaps((pod) => platform.kubectl(["delete", "pod", pod, "--grace-period=0", "--force"]));
  const enable = { spec: { patroni: { switchover: { enabled: true } } } };
  await platform.kubectl(["patch", "pg", name, "--type=merge", "-p", JSON.stringify(enable)]);
  const switched = await gaps(async (pod) => {
    await platform.kubectl([
      "annotate",
      "pg",
      name,
      "--overwrite",
      `pgv2.percona.com/trigger-switchover=${Date.now()}`,
    ]);
    await until("another primary", 60_000, async () => (await primaryPod(platform, name)) !== pod);
  });
  const killed = await gaps((pod) =>
    platform.kubectl([
      "exec",
      pod,
      "-c",
      "database",
      "--",
      "sh",
      "-c",
      "kill -9 $(head -n 1 /pgdata/pg17/postmaster.pid)",
    ]),
  );
  await ledger.stop();
  await ledger.check();
  console.log(tableHead);
  console.log(row("apply to 3 instances ready", readySeconds, "s", "< 20 s"));
  console.log(row("write gap: primary's pod deleted without grace", deleted, "ms", "< 3 s"));
  console.log(row("write gap: planned switchover", switched, "ms", "< 1 s"));
  console.log(row("write gap: primary's process killed", killed, "ms", "< 5 s"));
} finally {
  for (const cleanUp of cleanUps) await cleanUp();
}
