/** A cluster that follows another cluster. */
import type { Static } from "typebox";
import { Type } from "typebox";
import { field, object, quantity, string } from "../schema/builders.ts";
import { port, repoName } from "./shared.ts";

export const standby = object({
  enabled: field(
    Type.Boolean({ default: false }),
    "Whether the cluster follows. Setting it to false promotes the cluster; the source must be stopped first.",
  ),
  host: field(string(), "Address of the source's primary, for streaming."),
  maxAcceptableLag: field(
    quantity(),
    "Bytes of write-ahead log that the cluster may be behind before it counts as not ready.",
  ),
  port: field(port(), "Port of the source; 5432 when left out."),
  repoName: field(repoName(), "Repository whose archive is followed."),
});
export interface Standby extends Static<typeof standby> {}
