import type { Layout } from "./layout.ts";
import { ManagedProcess, type ProcessReport } from "./managed-process.ts";
import type { ProcessDefinition } from "./process-definitions.ts";
import type { ProcessIdentity } from "./process-identity.ts";

/** Keeps the programs of a cluster running, each started when those it needs are ready. */
export class Supervisor {
  readonly #processes: readonly ManagedProcess[];
  readonly #changed: (identities: readonly ProcessIdentity[]) => void;
  #stopping: Promise<void> | undefined;

  /** @param changed told after each start and end which processes run */
  constructor(
    definitions: readonly ProcessDefinition[],
    layout: Layout,
    changed: (identities: readonly ProcessIdentity[]) => void,
  ) {
    this.#changed = changed;
    this.#processes = definitions.map((definition) => new ManagedProcess(definition, layout, () => this.#advance()));
  }

  start(): void {
    this.#advance();
  }

  #advance(): void {
    this.#changed(this.#processes.flatMap((process) => process.identity ?? []));
    if (this.#stopping !== undefined) return;
    const ready = new Set(this.#processes.filter((process) => process.ready).map(({ definition }) => definition.name));
    for (const process of this.#processes) {
      const waiting = process.report().state === "waiting";
      if (waiting && process.definition.after.every((name) => ready.has(name))) process.start();
    }
  }

  /** Ends all programs, last started first. Calling it again waits for the same end. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stopInOrder();
    return this.#stopping;
  }

  async #stopInOrder(): Promise<void> {
    const isNode = (process: ManagedProcess): boolean => process.definition.command[0] === "nsenter";
    const [apiserver, ...rest] = this.#processes;
    // Nobody reacts to pods that end, then the nodes end their pods side by side, while the API server still takes their reports.
    await Promise.all(rest.filter((process) => !isNode(process)).map((process) => process.stop()));
    await Promise.all(rest.filter(isNode).map((process) => process.stop()));
    await apiserver?.stop();
  }

  report(): ProcessReport[] {
    return this.#processes.map((process) => process.report());
  }
}
