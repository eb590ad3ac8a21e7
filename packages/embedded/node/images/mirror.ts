/** Where Debian packages come from: what the machine's own apt is set up to use. */

import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

/** What of the machine's apt setup an image build takes over. */
export interface AptSetup {
  /** Undefined on a machine without a Debian mirror (Ubuntu): mmdebstrap's own default is then used. */
  readonly mirror: string | undefined;
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
  return { mirror: debianMirror(targets.stdout), options: inheritedOptions(config.stdout) };
}

/** The first main Debian archive among `CREATED_BY|REPO_URI|LABEL` lines; the label is empty before the first `apt-get update`. */
export function debianMirror(lines: string): string | undefined {
  for (const line of lines.split("\n")) {
    const [createdBy, uri, label] = line.split("|");
    if (createdBy !== "Packages" || uri === undefined) continue;
    if (label === "Debian" || (label === "" && /\/debian\/?$/.test(uri))) return uri;
  }
  return undefined;
}

/** The `Name "value";` lines of `apt-config dump` that concern fetching. */
export function inheritedOptions(dump: string): string[] {
  return dump.split("\n").flatMap((line) => {
    const match = INHERITED.exec(line);
    return match === null ? [] : [`${match[1]} "${match[2]}"`];
  });
}
