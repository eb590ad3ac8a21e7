/** Builds or pulls images by hand: `node packages/embedded/node/images/main.ts --images DIR REFERENCE...`, prints one JSON line each. */

import { parseArgs } from "node:util";
import { openImageStore } from "./index.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    images: { type: "string" },
    "no-registry": { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

if (values.help || values.images === undefined) {
  console.log(
    "usage: node packages/embedded/node/images/main.ts --images DIR [--no-registry] [REFERENCE...]   (without a reference: lists)",
  );
  process.exit(values.help ? 0 : 2);
}

const store = openImageStore({
  folder: values.images,
  registries: values["no-registry"] ? "never" : "auto",
  onProgress: (reference, line) => console.error(`${reference}: ${line}`),
});
if (positionals.length === 0) for (const image of await store.list()) console.log(JSON.stringify(image));
for (const reference of positionals) {
  const started = performance.now();
  const resolved = await store.ensure(reference).catch((error: Error) => {
    console.error(error.message);
    process.exit(1);
  });
  console.log(
    JSON.stringify({ asked: reference, ...resolved, seconds: Math.round(performance.now() - started) / 1000 }),
  );
}
