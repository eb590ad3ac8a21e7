/** Body of a backup Job: waits until the repository host has the configuration of the request, then runs the backup there. */
import { writeFileSync } from "node:fs";
import { log } from "./log.ts";
import { execInPod } from "./pod-exec.ts";

const CONFIG_WAIT_MS = 120_000;

/** The last line of pgBackRest that says what went wrong. */
export function pgbackrestError(output: string): string | undefined {
  const lines = output.split("\n").filter((line) => /\b(ERROR|FATAL)\b|^\s*(HINT)/.test(line));
  return lines
    .at(-1)
    ?.replace(/^.*?(ERROR|FATAL): (\[\d+\]: )?/, "")
    .trim();
}

export async function backup(env: NodeJS.ProcessEnv): Promise<number> {
  const request = JSON.parse(env["KEELSON_BACKUP"] ?? "{}") as {
    namespace: string;
    pod: string;
    configHash: string;
    options: string[];
  };
  const target = { namespace: request.namespace, pod: request.pod, container: "pgbackrest" };
  const deadline = Date.now() + CONFIG_WAIT_MS;
  for (;;) {
    const seen = await execInPod({ ...target, command: ["cat", "/etc/pgbackrest/conf.d/config-hash"] });
    if (seen.stdout.trim() === request.configHash) break;
    if (Date.now() > deadline) {
      process.stderr.write("the repository host does not have the configuration of this backup\n");
      return 1;
    }
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
  log("info", "backup starts", { options: request.options });
  const outcome = await execInPod({ ...target, command: ["pgbackrest", "backup", "--stanza=db", ...request.options] });
  if (outcome.exitCode !== 0) {
    const reason = pgbackrestError(outcome.stderr + outcome.stdout) ?? `pgbackrest ended with ${outcome.exitCode}`;
    try {
      writeFileSync("/dev/termination-log", reason);
    } catch {
      // the log has it too
    }
  }
  return outcome.exitCode;
}
