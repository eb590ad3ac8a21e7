import { type Layout, stopEverything } from "@keelson/embedded/cluster";
import { Failure } from "./failure.ts";

/**
 * Ends the cluster whatever state it is in, as stopEverything does. Throws a Failure of one sentence when something does not end.
 *
 * @param command what to run when it failed
 */
export async function endEverything(
  layout: Layout,
  { command, finish }: { readonly command: string; readonly finish?: () => void },
  end: typeof stopEverything = stopEverything,
): Promise<boolean> {
  try {
    return await end(layout, finish);
  } catch (error) {
    const words = (error instanceof Error ? error.message : String(error)).trim().replace(/\s*\n\s*/g, "; ");
    throw new Failure(`not everything could be done (${words}): '${command}' tries again.`);
  }
}
