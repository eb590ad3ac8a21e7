/** The operator: runs the engines' controllers. Reaches databases through the Kubernetes API only, so it runs anywhere. */
import { parseArgs } from "node:util";
import { createLogger } from "@keelson/kube";
import { runOperator } from "./run.ts";
import { HELP, options, type Settings, settingsFrom } from "./settings.ts";

const settings = settingsOrExit();
const logger = createLogger({ name: "operator" });
logger.info({ pid: process.pid, namespace: settings.namespace ?? "all" }, "operator starting");
const stop = new AbortController();
for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => stop.abort(new Error(signal)));

try {
  await runOperator(settings, logger, stop.signal);
} catch (err) {
  if (!stop.signal.aborted) {
    logger.fatal({ err }, "operator failed");
    process.exit(1);
  }
}
logger.info("operator stopped");
process.exit(0);

/** What cannot be understood is said in a sentence, without a stack. */
function settingsOrExit(): Settings {
  try {
    const { values } = parseArgs({ options });
    if (values.help !== true) return settingsFrom(values, process.env);
    process.stdout.write(HELP);
    process.exit(0);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\nTry --help.\n`);
    process.exit(2);
  }
}
