import { layoutOf } from "@keelson/embedded/cluster";
import { dataOption } from "../data-option.ts";
import { endEverything } from "../end-everything.ts";
import { Steps } from "../steps.ts";
import { checkRoot } from "../up/prerequisites.ts";

/** `keelson down`: ends everything in order and keeps the data. */
export async function down(options: { readonly data: string }): Promise<void> {
  checkRoot("down");
  const layout = layoutOf(options.data);
  const steps = new Steps(process.stderr, Date.now);
  const stopped = await steps.run("stopping: databases end in order, then the platform", () =>
    endEverything(layout, { command: `./keelson down${dataOption(layout.data)}` }),
  );
  steps.say(
    stopped
      ? `Stopped. The data is kept in ${layout.data}; './keelson up${dataOption(layout.data)}' brings it back.`
      : "Nothing was running.",
  );
}
