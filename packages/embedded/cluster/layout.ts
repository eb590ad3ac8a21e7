import { createHash } from "node:crypto";
import { join, resolve } from "node:path";

/** Where one embedded cluster keeps its files. Everything that survives a reboot is below `data`, the rest below `run`. */
export interface Layout {
  /** Eight hexadecimal digits that name this cluster in network namespaces, cgroups and the run directory. */
  readonly id: string;
  readonly data: string;
  readonly run: string;
  readonly pki: string;
  readonly logs: string;
  readonly images: string;
  readonly apiserver: string;
  readonly server: string;
  readonly apiSocket: string;
  readonly controlSocket: string;
  /** Which programs run, for whoever has to end them when the supervisor was killed. */
  readonly processRecord: string;
  /** See ClusterLock. Outside of `run`, which is removed and made anew under it. */
  readonly lock: string;
  /** Compiled code of the programs, so that a later start neither strips types nor compiles again. */
  readonly compileCache: string;
  readonly settings: string;
}

/** The layout of the cluster whose state is in `dataDirectory`. Two directories never share a name outside of them. */
export function layoutOf(dataDirectory: string): Layout {
  const data = resolve(dataDirectory);
  const id = createHash("sha256").update(data).digest("hex").slice(0, 8);
  const run = `/run/keelson-${id}`;
  return {
    id,
    data,
    run,
    pki: join(data, "pki"),
    logs: join(data, "logs"),
    images: join(data, "images"),
    apiserver: join(data, "apiserver"),
    server: join(data, "server"),
    apiSocket: join(run, "apiserver.sock"),
    controlSocket: join(run, "supervisor.sock"),
    processRecord: join(run, "processes.json"),
    lock: `${run}.lock`,
    compileCache: join(data, "cache"),
    settings: join(data, "settings.json"),
  };
}

/** Names of the nodes of a cluster: `node-1` … `node-N`. */
export function nodeNames(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `node-${index + 1}`);
}
