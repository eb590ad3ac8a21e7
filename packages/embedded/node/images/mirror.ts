/** Where Debian packages come from: what the machine's own apt is set up to use. */

import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

/** What of the machine's apt setup an image build takes over. */
export interface AptSetup {
  /** Undefined on a machine without a Debian mirror (Ubuntu): mmdebstrap's own default is then used. */
  readonly mirror: string | undefined;
  /** Where the machine has Debian's security updates from; undefined where it has none. */
  readonly security: string | undefined;
  /** Options in apt.conf syntax: proxies, and validity checks that the machine has switched off for a frozen mirror. */
  readonly options: readonly string[];
}

const INHERITED =
  /^(Acquire::(?:http|https|ftp)::(?:Proxy|Proxy::[^ ]+)|Acquire::Check-Valid-Until|Acquire::Retries|Acquire::[a-z]+::Timeout) "(.*)";$/;

/** Reads the machine's apt configuration. */
export async function readAptSetup(): Promise<AptSetup> {
  const format = "$(CREATED_BY)|$(REPO_URI)|$(LABEL)";
  const [targets, config] = await Promise.all([
    run("apt-get", ["indextargets", "--format", format]),
    run("apt-config", ["dump"]),
  ]);
  return {
    mirror: debianMirror(targets.stdout),
    security: debianMirror(targets.stdout, "Debian-Security"),
    options: inheritedOptions(config.stdout),
  };
}

/** The first archive of that label among `CREATED_BY|REPO_URI|LABEL` lines; the label is empty before the first `apt-get update`. */
export function debianMirror(lines: string, wanted: "Debian" | "Debian-Security" = "Debian"): string | undefined {
  const folder = `/${wanted.toLowerCase()}`;
  for (const line of lines.split("\n")) {
    const [createdBy, uri, label] = line.split("|");
    if (createdBy !== "Packages" || uri === undefined) continue;
    if (label === wanted || (label === "" && uri.replace(/\/$/, "").endsWith(folder))) return uri;
  }
  return undefined;
}

/** Suites that get their fixes in the suite itself. */
const ROLLING: readonly string[] = ["sid", "unstable", "testing"];

/** What mmdebstrap fetches a suite from: the machine's mirror, with security updates where the suite and the machine have them. */
export function packageSources(suite: string, { mirror, security }: Omit<AptSetup, "options">): string[] {
  if (mirror === undefined) return [];
  if (security === undefined || ROLLING.includes(suite)) return [mirror];
  return [`deb ${mirror} ${suite} main`, `deb ${security} ${suite}-security main`];
}

/** The `Name "value";` lines of `apt-config dump` that concern fetching. */
export function inheritedOptions(dump: string): string[] {
  return dump.split("\n").flatMap((line) => {
    const match = INHERITED.exec(line);
    return match === null ? [] : [`${match[1]} "${match[2]}"`];
  });
}
