/** The steps between decoding and storing that look at other objects: each may change or refuse a write. */
import type { KubeObject } from "../types.ts";
import type { ResourceRequest } from "../verbs/context.ts";

export interface Admitted {
  readonly request: ResourceRequest;
  readonly operation: "CREATE" | "UPDATE" | "DELETE";
  /** Undefined for deletes. */
  readonly object: KubeObject | undefined;
  readonly old: KubeObject | undefined;
}

/** One step. Both functions throw a StatusError to refuse. */
export interface AdmissionStep {
  readonly name: string;
  /** Waits for something before a create is decided on. */
  prepare?(request: ResourceRequest): Promise<void>;
  /** Changes `object` in place; runs before validation. */
  mutate?(admitted: Admitted): void;
  /** Judges the object as it will be stored. */
  validate?(admitted: Admitted): void;
}

export class Admission {
  readonly #steps: readonly AdmissionStep[];

  constructor(steps: readonly AdmissionStep[]) {
    this.#steps = steps;
  }

  async prepare(request: ResourceRequest): Promise<void> {
    for (const step of this.#steps) await step.prepare?.(request);
  }

  mutate(admitted: Admitted): void {
    for (const step of this.#steps) step.mutate?.(admitted);
  }

  validate(admitted: Admitted): void {
    for (const step of this.#steps) step.validate?.(admitted);
  }
}
