import type { Writable } from "node:stream";

/** How a step tells what it waits for while it runs. */
export interface Progress {
  waitingFor(what: string): void;
}

/** Shows steps one after another: what is done now, what it waits for, and how long it took. */
export class Steps {
  readonly #output: Writable & { readonly isTTY?: boolean };
  readonly #nowMs: () => number;

  constructor(output: Writable & { readonly isTTY?: boolean }, nowMs: () => number) {
    this.#output = output;
    this.#nowMs = nowMs;
  }

  /** Runs one step. On a terminal its line is rewritten as it goes on; elsewhere each change is a line of its own. */
  async run<T>(title: string, work: (progress: Progress) => Promise<T>): Promise<T> {
    const startedMs = this.#nowMs();
    const seconds = (): string => `${((this.#nowMs() - startedMs) / 1_000).toFixed(1)}s`;
    const terminal = this.#output.isTTY === true;
    let detail = "";
    const draw = (): void => {
      const waiting = detail === "" ? "" : `: ${detail}`;
      this.#output.write(terminal ? `\r\x1b[K  … ${title}${waiting}  ${seconds()}` : `  … ${title}${waiting}\n`);
    };
    draw();
    const timer = terminal ? setInterval(draw, 250) : undefined;
    const end = (mark: string): void => {
      clearInterval(timer);
      this.#output.write(`${terminal ? "\r\x1b[K" : ""}  ${mark} ${title}  ${seconds()}\n`);
    };
    try {
      const result = await work({
        waitingFor: (what) => {
          if (what === detail) return;
          detail = what;
          draw();
        },
      });
      end("✓");
      return result;
    } catch (error) {
      end("✗");
      throw error;
    }
  }

  say(text: string): void {
    this.#output.write(`${text}\n`);
  }
}
