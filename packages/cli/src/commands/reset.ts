import { existsSync, readdirSync } from "node:fs";
import { layoutOf } from "@keelson/embedded/cluster";
import { confirm } from "../ask.ts";
import { dataOption } from "../data-option.ts";
import { endEverything } from "../end-everything.ts";
import { Failure } from "../failure.ts";
import { removeData } from "../remove-data.ts";
import { Steps } from "../steps.ts";
import { checkRoot, settingsFiles } from "../up/prerequisites.ts";

/** `keelson reset`: ends everything and removes all data, after asking. */
export async function reset(options: { readonly data: string; readonly yes?: boolean }): Promise<void> {
  checkRoot("reset");
  const layout = layoutOf(options.data);
  const steps = new Steps(process.stderr, Date.now);
  const entries = existsSync(layout.data) ? readdirSync(layout.data) : [];
  if (entries.length === 0) {
    steps.say(`There is nothing in ${layout.data}.`);
    return;
  }
  if (!entries.some((name) => settingsFiles.includes(name))) {
    throw new Failure(`${layout.data} was not made by Keelson (it has no settings.json): nothing was removed.`);
  }
  if (options.yes !== true) {
    await confirm(`This removes every database and backup in ${layout.data}. It cannot be undone.`, "remove");
  }
  await steps.run(`stopping, and removing ${layout.data}`, () =>
    endEverything(layout, {
      command: `./keelson reset${dataOption(layout.data)}`,
      finish: () => removeData(layout.data),
    }),
  );
}
