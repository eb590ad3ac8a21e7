/** keelson-agent: the process inside an instance's pod. Also the tool that the operator calls in pods, and the body of its Jobs. */
import { writeFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import { errorText, log } from "./log.ts";

const USAGE = `usage: keelson-agent COMMAND
  startup                   check image, data and parameters, prepare the directories (init container)
  run                       keep Patroni running
  patroni METHOD PATH       one request to this pod's Patroni; the body comes from standard input
  check-parameters          PostgreSQL's opinion of the parameters (JSON on standard input)
  replica-backup            repository and label of the backup that a replica is to be made from
  left-behind FILE          whether no history needs a file of the write-ahead log (exit code 0)
  backup                    run a backup on the repository host (Job)
  restore                   restore into the mounted data volume (Job)
`;

/** Leaves the reason where the kubelet picks it up for the pod's status. */
function explain(reason: string, message: string): void {
  try {
    writeFileSync("/dev/termination-log", `${reason}: ${message}\n`);
  } catch {
    // the log's last lines are the fallback
  }
  process.stderr.write(`${reason}: ${message}\n`);
}

const patroniPort = (): number => Number(process.env["KEELSON_PATRONI_PORT"] ?? 8008);

async function main(argv: readonly string[]): Promise<number> {
  const [command, ...args] = argv;
  switch (command) {
    case "startup": {
      const { startup } = await import("./startup.ts");
      const { Refusal } = await import("./refusal.ts");
      const { readEnvironment } = await import("./environment.ts");
      try {
        await startup(readEnvironment(process.env));
        return 0;
      } catch (error) {
        explain(error instanceof Refusal ? error.reason : "StartupFailed", errorText(error));
        return 1;
      }
    }
    case "run": {
      const { run } = await import("./run.ts");
      const { readEnvironment } = await import("./environment.ts");
      log("info", "keelson agent", { node: process.version });
      await run(readEnvironment(process.env));
      return await new Promise<number>(() => {}); // ends by signal
    }
    case "patroni": {
      const { patroni } = await import("./patroni-rest.ts");
      const [method = "GET", path = "/"] = args;
      const body = method === "GET" ? undefined : await text(process.stdin);
      const reply = await patroni(patroniPort(), method, path, body, 60_000);
      process.stdout.write(reply.body);
      return reply.status >= 200 && reply.status < 300 ? 0 : 1;
    }
    case "check-parameters": {
      const { refusedParameters } = await import("./check-parameters.ts");
      const parameters = JSON.parse(await text(process.stdin)) as Record<string, unknown>;
      const refused = refusedParameters(parameters, `/usr/pgsql-${process.env["KEELSON_MAJOR"] ?? ""}/bin`);
      if (refused !== undefined) process.stdout.write(refused);
      return refused === undefined ? 0 : 3;
    }
    case "replica-backup": {
      const { patroni } = await import("./patroni-rest.ts");
      const { leaderTimeline, replicaBackup } = await import("./replica-backup.ts");
      const { askPgbackrest, patience } = await import("./ask-pgbackrest.ts");
      const ask = (args: readonly string[]): Promise<string> => askPgbackrest([...patience(2), ...args]);
      try {
        const cluster = await patroni(patroniPort(), "GET", "/cluster");
        const found = await replicaBackup(leaderTimeline(cluster.body), ask);
        if (found === undefined) return 1;
        process.stdout.write(`${found.repo} ${found.label}\n`);
        return 0;
      } catch (error) {
        process.stderr.write(`No backup to make a replica from: ${errorText(error)}\n`);
        return 1;
      }
    }
    case "left-behind": {
      const { isLeftBehind } = await import("./left-behind.ts");
      const [path = ""] = args;
      const left = isLeftBehind(path);
      if (left) log("warn", "not archived: the archive has another one, and no history needs it", { file: path });
      return left ? 0 : 1;
    }
    case "backup": {
      const { backup } = await import("./backup.ts");
      return await backup(process.env);
    }
    case "restore": {
      const { restore } = await import("./restore.ts");
      return await restore(process.env);
    }
    default:
      process.stdout.write(USAGE);
      return command === undefined || command === "--help" ? 0 : 2;
  }
}

main(process.argv.slice(2)).then(
  // At once: a connection that was given up, or a pause, would keep a Job from its end.
  (code) => process.exit(code),
  (error: unknown) => {
    explain("AgentFailed", errorText(error));
    process.exit(1);
  },
);
