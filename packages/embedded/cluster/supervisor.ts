import type { Layout } from "./layout.ts";
import { ManagedProcess, type ProcessReport } from "./managed-process.ts";
import type { ProcessDefinition } from "./process-definitions.ts";
import { type RecordedProcess, stagesOf } from "./process-record.ts";

/** Keeps the programs of a cluster running, each started when those it needs are ready. */
export class Supervisor {
  readonly #processes: readonly ManagedProcess[];
  readonly #changed: (running: readonly RecordedProcess[]) => void;
  #stopping: Promise<void> | undefined;

  /** @param changed told after each start and end which processes run */
  constructor(
    definitions: readonly ProcessDefinition[],
    layout: Layout,
    changed: (running: readonly RecordedProcess[]) => void,
  ) {
    this.#changed = changed;
    this.#processes = definitions.map((definition) => new ManagedProcess(definition, layout, () => this.#advance()));
  }

  start(): void {
    this.#advance();
  }

  #advance(): void {
    this.#changed(this.#processes.flatMap((process) => process.record ?? []));
    if (this.#stopping !== undefined) return;
    const ready = new Set(this.#processes.filter((process) => process.ready).map(({ definition }) => definition.name));
    for (const process of this.#processes) {
      const waiting = process.report().state === "waiting";
      if (waiting && process.definition.after.every((name) => ready.has(name))) process.start();
    }
  }

  /** Ends all programs, stage by stage. Calling it again waits for the same end. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stopInOrder();
    return this.#stopping;
  }

  async #stopInOrder(): Promise<void> {
    const stages = stagesOf(this.#processes.map((process) => ({ process, stopStage: process.definition.stopStage })));
    for (const stage of stages) await Promise.all(stage.map(({ process }) => process.stop()));
  }

  report(): ProcessReport[] {
    return this.#processes.map((process) => process.report());
  }
}
