/** A reporter for node:test: a line for each test as it ends, failures in full, and the counts in a file for the summary. */
import { writeFileSync } from "node:fs";
import { relative, resolve } from "node:path";
import type { TestEvent } from "node:test/reporters";
import { inspect } from "node:util";

export { report as default };

/** Characters. */
const stderrKept = 4_000;

async function* report(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  const running = new Set<string>();
  /** The end of what each process wrote to stderr: all there is to read when one ends by itself. */
  const written = new Map<string, string>();
  // At once and not at the end: a runner that is ended from outside never gets there.
  const save = (): void => {
    const file = process.env["KEELSON_TEST_REPORT"];
    if (file !== undefined) writeFileSync(file, JSON.stringify({ ...counts, running: [...running] }));
  };
  for await (const event of events) {
    // What node:test says of a process names a test that threw when it had ended; what it says of the run are counts.
    if (event.type === "test:diagnostic" && (event.data.nesting > 0 || event.data.file !== undefined))
      yield `      ${event.data.message}\n`;
    if ((event.type === "test:dequeue" || event.type === "test:complete") && isFile(event.data)) {
      if (event.type === "test:dequeue") running.add(event.data.name);
      else running.delete(event.data.name);
      save();
    }
    if (event.type === "test:stderr") {
      const { message } = event.data;
      const file = resolve(event.data.file);
      written.set(file, `${written.get(file) ?? ""}${message}`.slice(-stderrKept));
    }
    if (event.type !== "test:pass" && event.type !== "test:fail") continue;
    const { name, details, file, skip } = event.data;
    const isSkipped = skip !== undefined && skip !== false;
    // What is in a suite counts, and of a skipped one nothing is told but itself.
    if (details.type === "suite" && !isSkipped && !isBroken(event)) continue;
    if (event.type === "test:pass" && isProcess(event.data)) continue;
    const milliseconds = Math.round(details.duration_ms);
    const where = file === undefined || isFile(event.data) ? "" : `  (${relative(process.cwd(), file)})`;
    if (isSkipped) {
      counts.skipped += 1;
      yield `  - ${name}: skipped, ${skip === true ? "no reason given" : skip}${where}\n`;
    } else if (event.type === "test:pass") {
      counts.passed += 1;
      yield `  ✓ ${name}  ${milliseconds} ms\n`;
    } else {
      counts.failed += 1;
      yield `  ✗ ${name}  ${milliseconds} ms${where}\n${indent(describe(event.data.details.error))}\n`;
      const last = isProcess(event.data) ? written.get(file ?? "") : undefined;
      if (last !== undefined) yield `${indent(`It wrote:\n${last}`)}\n`;
    }
    save();
  }
}

interface Declared {
  readonly name: string;
  readonly nesting: number;
  readonly file?: string;
}

/** A file is a test around those in it when it has a process of its own, and a suite when it shares one. */
function isFile({ name, nesting }: Declared): boolean {
  return nesting === 0 && /^\S+\.test\.ts$/.test(name);
}

/** A process is a test around those in it. */
function isProcess({ name, nesting, file }: Declared): boolean {
  return nesting === 0 && file !== undefined && /\.m?[tj]s$/.test(name) && file.endsWith(name);
}

/** Whether a suite has failed of itself: it could not be declared, or one of its hooks failed. */
function isBroken(event: TestEvent): boolean {
  if (event.type !== "test:fail") return false;
  const error: Error & { readonly failureType?: string } = event.data.details.error;
  return error.failureType !== "subtestsFailed";
}

function describe(error: Error): string {
  const cause = error.cause ?? error;
  return typeof cause === "string" ? cause : inspect(cause, { depth: 4 });
}

function indent(text: string): string {
  return text.replace(/^/gm, "      ");
}
