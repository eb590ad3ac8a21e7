/** Images: recipes, registries, aliases, and the store that nodes run from. */

import { join } from "node:path";
import { loadAliases } from "./alias.ts";
import { loadRecipes } from "./recipe.ts";
import { ImageStore, type StoreOptions } from "./store.ts";

export { type Image, ImageStore, type Resolved } from "./store.ts";

/** The root of the checkout that this file is in. */
export const CHECKOUT = join(import.meta.dirname, "../../../..");

/** A store with the recipes and aliases of this checkout. */
export function openImageStore(
  options: Pick<StoreOptions, "folder" | "onProgress"> & Partial<Pick<StoreOptions, "registries" | "enterHostNetwork">>,
): ImageStore {
  return new ImageStore({
    registries: "auto",
    enterHostNetwork: [],
    checkout: CHECKOUT,
    recipes: loadRecipes(join(CHECKOUT, "images")),
    aliases: loadAliases(join(CHECKOUT, "images/aliases.yaml")),
    ...options,
  });
}
