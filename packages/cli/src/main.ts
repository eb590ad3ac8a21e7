import { Command, InvalidArgumentError, Option } from "commander";
import { defaultData } from "./data-option.ts";
import { Failure } from "./failure.ts";
import { folderArgument } from "./folder-argument.ts";

function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`A whole number from ${least} to ${most} is needed.`);
  };
}

const data = (): Option =>
  new Option("--data <dir>", "where all state is kept")
    .default(defaultData)
    .env("KEELSON_DATA")
    .argParser(folderArgument);
const output = (): Option =>
  new Option("-o, --output <format>", "how to print").choices(["table", "json"]).default("table");
const namespace = (): Option => new Option("-n, --namespace <name>", "namespace of the database").default("default");
const port = wholeNumber(1, 65_535);

const program = new Command("keelson")
  .description("MySQL, MongoDB and PostgreSQL as a service on Kubernetes.")
  .showHelpAfterError("(see --help)");

// Each command's code is loaded when it is called: a start takes milliseconds, whichever it is.
program
  .command("up")
  .description("start the platform on this machine, with a sample database the first time")
  .addOption(data())
  .option("--detach", "return when everything is ready and leave it running")
  .option("--no-sample", "leave the sample database 'hello' out")
  .option("--nodes <n>", "how many nodes to run on this machine", wholeNumber(1, 9))
  .option("--api-port <port>", "port of the Kubernetes API on 127.0.0.1", port)
  .option(
    "--images <dir>",
    "where images are kept, to share them between clusters (default: in the data directory)",
    folderArgument,
  )
  .option("--portal-port <port>", "port of the portal on 127.0.0.1", port)
  .action(async (options) => (await import("./up/up.ts")).up(options));
program
  .command("down")
  .description("stop everything; data is kept")
  .addOption(data())
  .action(async (options) => (await import("./commands/down.ts")).down(options));
program
  .command("status")
  .description("show what runs, how it is, and why something is not ready")
  .addOption(data())
  .addOption(output())
  .action(async (options) => (await import("./commands/status.ts")).status(options));
program
  .command("logs [part]")
  .description(
    "print the log of a part (apiserver, manifests, controllers, node-1, operator, server, supervisor), or the list of parts",
  )
  .addOption(data())
  .option("-f, --follow", "go on as it grows")
  .action(async (part, options) => (await import("./commands/logs.ts")).logs(part, options));
program
  .command("reset")
  .description("stop everything and remove all data")
  .addOption(data())
  .option("--yes", "do not ask")
  .action(async (options) => (await import("./commands/reset.ts")).reset(options));
program
  .command("kubeconfig")
  .description("print the path of the administrator's kubeconfig")
  .addOption(data())
  .action(async (options) => (await import("./commands/kubeconfig.ts")).kubeconfig(options));

const db = program.command("db").description("databases");
db.command("create <name>")
  .description("create a PostgreSQL database and wait until it takes writes")
  .addOption(data())
  .addOption(namespace())
  .option("--postgres-version <major>", "major version")
  .option("--instances <n>", "one primary, the others replicas", wholeNumber(1, 9))
  .option("--poolers <n>", "PgBouncer instances", wholeNumber(0, 9))
  .option("--storage <quantity>", "size of each instance's volume")
  .option("--no-backups", "without backups")
  .option("--schedule <cron>", "when to take full backups: five cron fields in UTC, or @daily and the like")
  .option("--expose", "reachable from outside the Kubernetes cluster")
  .option("--dry-run", "print the manifest and change nothing")
  .option("--no-wait", "return at once")
  .action(async (name, options) => (await import("./commands/database-create.ts")).create(name, options));
db.command("list")
  .description("list the databases")
  .addOption(data())
  .addOption(output())
  .action(async (options) => (await import("./commands/database-list.ts")).list(options));
db.command("describe <name>")
  .description("show a database: instances, conditions, backups, how to connect")
  .addOption(data())
  .addOption(namespace())
  .addOption(output())
  .action(async (name, options) => (await import("./commands/database-describe.ts")).describe(name, options));
db.command("connect <name>")
  .description("open psql on a database")
  .addOption(data())
  .addOption(namespace())
  .option("--print", "print the connection string instead")
  .action(async (name, options) => (await import("./commands/database-connect.ts")).connect(name, options));
db.command("delete <name>")
  .description("delete a database")
  .addOption(data())
  .addOption(namespace())
  .option("--yes", "do not ask")
  .action(async (name, options) => (await import("./commands/database-delete.ts")).remove(name, options));
db.command("switchover <name>")
  .description("make a replica the primary")
  .addOption(data())
  .addOption(namespace())
  .option("--target <instance>", "which instance; the most advanced replica by default")
  .action(async (name, options) => (await import("./commands/database-switchover.ts")).switchover(name, options));

program
  .command("check")
  .description("for developers: types, lint and the pure tests, in under a minute")
  .action(async () => (await import("../../../scripts/test.ts")).check());
program
  .command("test [level]")
  .description("for developers: every test that this machine can run, or those of one level")
  .action(async (level) => (await import("../../../scripts/test.ts")).test(level));

try {
  await program.parseAsync();
} catch (error) {
  const words = wordsOf(error);
  if (words === undefined) throw error;
  process.stderr.write(`keelson: ${words}\n`);
  process.exitCode = 1;
}

/** What a person can do about an error, or undefined when it is a fault of ours that needs its stack. */
function wordsOf(error: unknown): string | undefined {
  if (error instanceof Failure) return error.message;
  const { code, path, address } = error as NodeJS.ErrnoException & { address?: string };
  if (code !== "EACCES" || process.getuid?.() === 0) return undefined;
  return `only root may use ${path ?? address ?? "the cluster's files"}: run this as root or with sudo.`;
}
