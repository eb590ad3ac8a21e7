/** Extensions of PostgreSQL. */
import type { Static } from "typebox";
import { keyProjection } from "../kubernetes/selectors.ts";
import { boolean, field, list, object, oneOf, required, rules, string } from "../schema/builders.ts";
import { keyReference } from "./shared.ts";

const toggle = object({
  enabled: field(boolean(), "Whether the extension exists in every database. Turning it off drops it."),
});

const builtin = object({
  pg_audit: field(boolean(), "Old place of pg_audit.enabled; wins when set."),
  pg_repack: field(boolean(), "Old place of pg_repack.enabled; wins when set."),
  pg_stat_monitor: field(boolean(), "Old place of pg_stat_monitor.enabled; wins when set."),
  pg_stat_statements: field(boolean(), "Old place of pg_stat_statements.enabled; wins when set."),
  pgvector: field(boolean(), "Old place of pgvector.enabled; wins when set."),
});

const custom = object({
  checksum: field(string(), "Accepted; not verified."),
  name: field(string(), "Name of the package and of the extension."),
  version: field(string(), "Version; the package is NAME-pgMAJOR-VERSION.tar.gz in the storage."),
});

const vault = object({
  caSecret: field(keyReference, "Certificate of the authority that signed the vault's own certificate."),
  host: required(string(), "URL of the vault (HashiCorp Vault or OpenBao, key-value engine version 2)."),
  mountPath: field(string({ default: "secret/data" }), "Mount path of the key-value engine."),
  tokenSecret: required(keyReference, "Token that may read and write the keys."),
});

const transparentEncryption = object(
  {
    enabled: field(boolean(), "Whether tables can be encrypted with pg_tde. Needs PostgreSQL 16 or newer."),
    vault: field(vault, "Where the keys are kept."),
    walEncryption: field(boolean(), "Whether the write-ahead log is encrypted on disk too."),
  },
  rules([
    {
      message: "vault is required for enabling pg_tde",
      rule: "!has(self.enabled) || (has(self.enabled) && self.enabled == false) || has(self.vault)",
    },
    {
      message: "pg_tde must be enabled to enable WAL encryption",
      rule: "!has(self.walEncryption) || !self.walEncryption || (has(self.enabled) && self.enabled)",
    },
  ]),
);

const storage = object({
  bucket: field(string(), "Name of the bucket."),
  disableSSL: field(boolean(), "Whether the storage is spoken to in plain HTTP."),
  endpoint: field(string(), "Host of the S3 service; Amazon's when left out."),
  forcePathStyle: field(boolean(), "Whether the bucket is part of the path instead of the host name."),
  region: field(string(), "Region of the bucket."),
  secret: field(keyProjection, "Secret with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."),
  type: field(oneOf(["s3", "gcs", "azure"]), "Kind of storage."),
});

export const extensions = object(
  {
    builtin: field(builtin, "Old place of the switches below."),
    custom: field(list(custom), "Extensions that are installed from packages in the storage."),
    image: field(string(), "Image of the container that installs custom extensions."),
    imagePullPolicy: field(string(), "When that image is pulled."),
    pg_audit: field(toggle, "Audit log of statements; on when left out."),
    pg_cron: field(toggle, "Jobs inside the database; it lives in the database postgres."),
    pg_repack: field(toggle, "Rewrites tables without locking them."),
    pg_stat_monitor: field(toggle, "Statistics of queries in buckets of time."),
    pg_stat_statements: field(toggle, "Statistics of queries."),
    pg_tde: field(transparentEncryption, "Encryption of tables at rest."),
    pgvector: field(toggle, "Vectors and their nearest neighbours."),
    set_user: field(toggle, "Change of role with a log of it."),
    storage: field(storage, "Where packages of custom extensions are."),
  },
  rules([
    {
      message: "to disable pg_tde first set enabled=false without removing vault and wait for pod restarts",
      rule: "!has(oldSelf.pg_tde) || !has(oldSelf.pg_tde.vault) || !has(oldSelf.pg_tde.enabled) || !oldSelf.pg_tde.enabled || has(self.pg_tde.vault)",
    },
  ]),
);
export interface Extensions extends Static<typeof extensions> {}
