import { AsyncResource } from "node:async_hooks";
import { relative } from "node:path";
import { after, before, describe } from "node:test";
import { pathToFileURL } from "node:url";

/**
 * Declares the tests of several files in one process, because loading what they share takes longer than most of them do. Each file is a
 * suite of its own: the hooks at its top are its own too, and a file that cannot be loaded is a failed suite.
 *
 * @param files absolute paths
 */
export function together(files: readonly string[]): void {
  let loaded: Promise<unknown> = Promise.resolve();
  let running: string | undefined = "loading the files";
  for (const file of files) {
    const name = relative(process.cwd(), file);
    describe(name, async () => {
      before(() => {
        running = name;
      });
      // One after the other: a file that waits for a module that another is loading would declare its tests in the other's suite.
      // Bound, because node:test finds the suite that a test is declared in by the asynchronous context.
      const own = loaded.then(AsyncResource.bind(() => import(pathToFileURL(file).href)));
      loaded = own.catch(() => {});
      await own;
    });
  }
  // Loading blocks, and some tests measure how long something takes.
  before(() => loaded);
  after(() => {
    running = undefined;
  });
  // A test that ends the process takes the files after it along, and the exit code may be 0.
  process.once("exit", () => {
    if (running === undefined) return;
    console.error(`The process ended in the middle of ${running}.`);
    process.exitCode = 1;
  });
}
