/** Files and parameters of PostgreSQL itself. */
import type { Static } from "typebox";
import { volumeProjection } from "../kubernetes/projections.ts";
import { field, intOrString, list, map, object } from "../schema/builders.ts";

/** Parameters that belong to the operator, with what a user reads who tries to set them. */
const refused = [
  ["cannot change PGDATA path: config_file, data_directory", "!has(self.config_file) && !has(self.data_directory)"],
  ["cannot change external_pid_file", "!has(self.external_pid_file)"],
  ["cannot change authentication path: hba_file, ident_file", "!has(self.hba_file) && !has(self.ident_file)"],
  ["network connectivity is always enabled: listen_addresses", "!has(self.listen_addresses)"],
  ["change port using .spec.port instead", "!has(self.port)"],
  [
    "TLS is always enabled",
    `!has(self.ssl) && !self.exists(k, k.startsWith("ssl_") && !(k == 'ssl_groups' || k == 'ssl_ecdh_curve'))`,
  ],
  ["domain socket paths cannot be changed", `!self.exists(k, k.startsWith("unix_socket_"))`],
  [`wal_level must be "replica" or higher`, `!has(self.wal_level) || self.wal_level in ["logical"]`],
  ["wal_log_hints are always enabled", "!has(self.wal_log_hints)"],
  [undefined, "!has(self.archive_mode) && !has(self.archive_command) && !has(self.restore_command)"],
  [undefined, `!has(self.recovery_target) && !self.exists(k, k.startsWith("recovery_target_"))`],
  ["hot_standby is always enabled", "!has(self.hot_standby)"],
  [undefined, "!has(self.synchronous_standby_names)"],
  [undefined, "!has(self.primary_conninfo) && !has(self.primary_slot_name)"],
  ["delayed replication is not supported at this time", "!has(self.recovery_min_apply_delay)"],
  ["cluster_name is derived from the PostgresCluster name", "!has(self.cluster_name)"],
  ["disabling logging_collector is unsafe", "!has(self.logging_collector)"],
  ["log_file_mode cannot be changed", "!has(self.log_file_mode)"],
] as const;

const parameters = map(intOrString(), {
  maxProperties: 50,
  "x-kubernetes-map-type": "granular",
  "x-kubernetes-validations": refused.map(([message, rule]) => (message === undefined ? { rule } : { message, rule })),
});

export const config = object({
  files: field(list(volumeProjection), "Files under /etc/postgres of the database container, such as ldap/ca.crt."),
  parameters: field(
    parameters,
    "Checked and kept, but not applied, as in the contract: set parameters in patroni.dynamicConfiguration.",
  ),
});
export interface PostgresConfig extends Static<typeof config> {}
