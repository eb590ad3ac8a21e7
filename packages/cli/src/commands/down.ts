import { layoutOf, stopCluster } from "@keelson/embedded/cluster";
import { Steps } from "../steps.ts";

/** `keelson down`: ends everything in order and keeps the data. */
export async function down(options: { readonly data: string }): Promise<void> {
  const layout = layoutOf(options.data);
  const steps = new Steps(process.stderr, Date.now);
  const stopped = await steps.run("stopping: databases end in order, then the platform", () =>
    stopCluster(layout.controlSocket),
  );
  steps.say(
    stopped ? `Stopped. The data is kept in ${layout.data}; './keelson up' brings it back.` : "Nothing was running.",
  );
}
