/**
 * While an instance ends: a connection to the repository's host, which serves on for as long as somebody is connected when it is to end too,
 * with the whole machine. A primary archives its last segments at the very end, seconds later, and would wait for a host that has gone.
 */
import { readdirSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { log } from "./log.ts";

const DIRECTORY = "/etc/pgbackrest/conf.d";
const PORT = 8432;

/** The hosts of repositories that pgBackRest's configuration names. */
export function repositoryHosts(directory = DIRECTORY): string[] {
  const texts = readdirSync(directory)
    .filter((name) => name.endsWith(".conf"))
    .map((name) => readFileSync(join(directory, name), "utf8"));
  return [
    ...new Set(texts.flatMap((text) => [...text.matchAll(/^repo\d+-host *= *(\S+)$/gm)].map(([, host = ""]) => host))),
  ];
}

/** Connects, and stays connected until this program ends. Without a repository, or with its host away, nothing is held. */
export function holdRepository(directory = DIRECTORY, port = PORT): void {
  let hosts: string[] = [];
  try {
    hosts = repositoryHosts(directory);
  } catch {
    // no backups are configured
  }
  for (const host of hosts) {
    connect({ host, port }).on("error", ({ message }) => log("debug", "repository not held", { host, err: message }));
  }
}
