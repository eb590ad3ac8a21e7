/** Questions to pgBackRest. */
import { execFile } from "node:child_process";

/** The list of thousands of backups. */
const ANSWER_BYTES = 64 * 2 ** 20;

/** Options of a question to a repository that is not to be waited for long, whether it is away or silent; each of pgBackRest's three tries. */
export const patience = (seconds: number): string[] => [`--io-timeout=${seconds}`, `--protocol-timeout=${seconds}`];

/** What a command of pgBackRest prints; rejects when it fails. `started` is given the way to end it. */
export function askPgbackrest(
  args: readonly string[],
  started: (stop: () => void) => void = () => {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile("pgbackrest", ["--stanza=db", ...args], { maxBuffer: ANSWER_BYTES }, (error, stdout) =>
      error === null ? resolve(stdout) : reject(error),
    );
    // A question changes nothing. Told to end while it starts, pgBackRest may wait for itself for ever.
    started(() => child.kill("SIGKILL"));
  });
}
