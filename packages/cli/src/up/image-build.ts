import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Layout } from "@keelson/embedded/cluster";
import { Failure } from "../failure.ts";
import type { Progress } from "../steps.ts";
import { repository } from "./supervisor-process.ts";

/** Images that every database needs, and those of the sample. */
export const agentImage = "keelson/agent:dev";
export const sampleImage = "keelson/postgresql:17";

/** A build that goes on beside the start of the cluster. */
export interface ImageBuild {
  /** Waits for its end and shows what is built. */
  done(progress: Progress): Promise<void>;
}

/** Starts to build (or find) the images in a process of its own. The node waits for the same locks, so nothing is built twice. */
export function startImageBuild(layout: Layout, folder: string, withSample: boolean): ImageBuild {
  const images = withSample ? [agentImage, sampleImage] : [agentImage];
  const main = join(repository, "packages/embedded/node/images/main.ts");
  const child = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", main, "--images", folder, ...images],
    { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, NODE_COMPILE_CACHE: layout.compileCache } },
  );
  // A build that nobody waits for any more would hold up the next one.
  process.once("exit", () => child.kill());
  let last = "images";
  let listener: ((what: string) => void) | undefined;
  const read = (line: string): void => {
    last = messageOf(line);
    listener?.(last);
  };
  createInterface({ input: child.stdout }).on("line", read);
  createInterface({ input: child.stderr }).on("line", read);
  const ended = new Promise<number | null>((resolve) => {
    child.once("error", (error) => {
      last = error.message;
      resolve(null);
    });
    child.once("close", resolve);
  });
  return {
    async done(progress) {
      listener = progress.waitingFor;
      listener(last);
      if ((await ended) === 0) return;
      throw new Failure(
        `an image could not be built: ${last}. Check that the system's package sources can be reached and that the disk has room, then run this again.`,
      );
    },
  };
}

/** The words of a line of the builder: what it says while it works, or which image is there when it printed its JSON result. */
function messageOf(line: string): string {
  try {
    const { asked, seconds } = JSON.parse(line) as { asked: string; seconds: number };
    return `${asked} after ${seconds} s`;
  } catch {
    return line;
  }
}
