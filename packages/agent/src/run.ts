/** The agent proper: keeps Patroni running and shortens every wait that certainty makes unnecessary. */
import { existsSync, mkdirSync, readlinkSync } from "node:fs";
import { keepArchiveWhole } from "./archive-inherited.ts";
import { copyCertificates } from "./certificates.ts";
import { removeAsideWhenWhole } from "./data-before-restore.ts";
import { prepareEnd } from "./ending.ts";
import { type Environment, RUN_DIRECTORY, SLEEP_FILE } from "./environment.ts";
import { fence } from "./fence.ts";
import { holdRepository } from "./hold-repository.ts";
import { Hurry } from "./hurry.ts";
import { hurryElection } from "./hurry-election.ts";
import { hurrySynchrony } from "./hurry-synchrony.ts";
import { releaseOwnLock } from "./leader-lock.ts";
import { errorText, log } from "./log.ts";
import { earlierLifeIsOver, PatroniProcess } from "./patroni-process.ts";
import { forgetCertificates, wakePatroni } from "./patroni-rest.ts";
import { runningPostmaster, watchPostmaster } from "./postmaster-watch.ts";
import { serveProbes } from "./probes.ts";
import { startReporting } from "./report.ts";
import { watchLeader } from "./watch-leader.ts";

/** Kubernetes replaces mounted files by changing these links. */
const MOUNTS = ["/etc/keelson/tls", "/etc/patroni"];
const FILES_LOOK_MS = 2_000;
/** A PostgreSQL that ends as planned is back before that, and Patroni busy with it. */
const AGAIN_MS = 1_000;

const mountedVersion = (): string =>
  MOUNTS.map((mount) => {
    try {
      return readlinkSync(`${mount}/..data`);
    } catch {
      return "";
    }
  }).join("|");

/** Runs until the container is stopped. */
export async function run(env: Environment): Promise<void> {
  for (const directory of [RUN_DIRECTORY, "/tmp/postgres"]) mkdirSync(directory, { recursive: true });
  const patroni = new PatroniProcess();
  let stopping = false;
  const stop = async (): Promise<void> => {
    if (stopping) return;
    stopping = true;
    holdRepository();
    if ((await prepareEnd(env)) === "at once") await patroni.kill(env.dataDirectory);
    else await patroni.stop();
    process.exit(0);
  };
  process.on("SIGTERM", () => void stop());
  process.on("SIGINT", () => void stop());

  const probes = serveProbes(env.patroniPort);
  probes.on("error", (error) => {
    log("error", "probe port cannot be used", { err: error.message });
    process.exit(1);
  });
  copyCertificates();
  while (existsSync(SLEEP_FILE) && !stopping) await new Promise((resolve) => setTimeout(resolve, 1_000));
  if (earlierLifeIsOver(env.dataDirectory)) await releaseOwnLock(env);
  if (!stopping) patroni.start();

  const wake = (): Promise<void> =>
    wakePatroni(env.patroniPort).catch((error: unknown) =>
      log("debug", "Patroni not woken", { err: errorText(error) }),
    );
  const restart = new Hurry(wake);
  watchPostmaster(env.dataDirectory, {
    started: () => restart.stop(),
    ended: (pid) => {
      log("warn", "PostgreSQL has ended", { pid });
      void wake();
      restart.start(AGAIN_MS);
    },
  });
  const followers = [hurryElection(wake), fence(env), keepArchiveWhole(env)];
  watchLeader(env, (leader) => {
    for (const follow of followers) follow(leader);
  });
  hurrySynchrony(env);
  startReporting(env);
  removeAsideWhenWhole(env);
  let version = mountedVersion();
  setInterval(() => {
    const now = mountedVersion();
    if (now === version || stopping) return;
    version = now;
    log("info", "mounted files changed", {});
    const certificates = copyCertificates();
    forgetCertificates();
    patroni.reload();
    const postmaster = runningPostmaster(env.dataDirectory);
    if (certificates && postmaster !== undefined) process.kill(postmaster, "SIGHUP");
  }, FILES_LOOK_MS);
}
