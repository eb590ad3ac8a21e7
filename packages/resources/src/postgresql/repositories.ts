/** Backup repositories of pgBackRest. */
import type { Static } from "typebox";
import { persistentVolumeClaimSpec } from "../kubernetes/claims.ts";
import { field, object, required, string } from "../schema/builders.ts";
import { cron, repoName } from "./shared.ts";

const schedules = object({
  differential: field(cron(), "When a differential backup is taken: what changed since the last full one."),
  full: field(cron(), "When a full backup is taken, as a five-field cron expression in UTC."),
  incremental: field(cron(), "When an incremental backup is taken: what changed since the last backup of any type."),
});

export const repository = object({
  azure: field(
    object({ container: required(string(), "Name of the container.") }),
    "Keeps the repository in Azure Blob Storage.",
  ),
  gcs: field(
    object({ bucket: required(string(), "Name of the bucket.") }),
    "Keeps the repository in Google Cloud Storage.",
  ),
  name: required(repoName(), "Slot of the repository, repo1 to repo4. Replicas are created from the first one listed."),
  s3: field(
    object({
      bucket: required(string(), "Name of the bucket."),
      endpoint: required(string(), "Host of the S3 service, without a scheme."),
      region: required(string(), "Region of the bucket."),
    }),
    "Keeps the repository in S3 or a service that speaks its protocol.",
  ),
  schedules: field(schedules, "When backups are taken without being asked for."),
  volume: field(
    object({
      volumeClaimSpec: required(
        persistentVolumeClaimSpec,
        "Claim of the volume. Raise the storage request to grow it; it can not shrink.",
      ),
    }),
    "Keeps the repository on a volume of the repository host.",
  ),
});
export interface Repository extends Static<typeof repository> {}
