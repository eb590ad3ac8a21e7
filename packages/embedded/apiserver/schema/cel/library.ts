import { arithmetic } from "./functions/arithmetic.ts";
import { collections } from "./functions/collections.ts";
import { conversions } from "./functions/conversions.ts";
import { formats } from "./functions/formats.ts";
import { network } from "./functions/network.ts";
import { optionals } from "./functions/optionals.ts";
import { quantities } from "./functions/quantities.ts";
import { strings } from "./functions/strings.ts";
import { times } from "./functions/times.ts";
import { urls } from "./functions/urls.ts";
import { versions } from "./functions/versions.ts";
import type { Overload } from "./overload.ts";

/** Every function that rules may call: CEL's own, its string, set and optional extensions, and those of Kubernetes. */
const byName = Map.groupBy(
  [
    ...arithmetic,
    ...collections,
    ...conversions,
    ...strings,
    ...times,
    ...optionals,
    ...quantities,
    ...urls,
    ...network,
    ...versions,
    ...formats,
  ],
  ({ name }) => name,
);

export function overloadsOf(name: string): readonly Overload[] {
  return byName.get(name) ?? [];
}
