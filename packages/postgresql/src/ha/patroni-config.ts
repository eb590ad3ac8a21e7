/** The two files that Patroni reads: what all instances share, and what is one instance's own. */
import { stringify } from "yaml";
import { label, patroniLabels } from "../cluster/labels.ts";
import type { InstanceSet, PgCluster } from "../cluster/model.ts";
import { haService } from "../cluster/names.ts";
import * as paths from "../cluster/paths.ts";
import { REPLICATION_USER } from "./dynamic-config.ts";

const HEADER = "# Written by Keelson; changes are overwritten. Use spec.patroni.dynamicConfiguration.\n";
/** Certificates of this instance for Patroni's own REST interface. */
const CERTIFICATES = "/etc/patroni/~postgres-operator";

/** patroni.yaml of the cluster. The dynamic configuration is not in it: the operator keeps that in Patroni's own store. */
export function clusterPatroniYaml(c: PgCluster): string {
  const client = {
    username: REPLICATION_USER,
    sslmode: "verify-ca",
    sslcert: `${paths.TLS}/replication/tls.crt`,
    sslkey: `${paths.TLS}/replication/tls.key`,
    sslrootcert: `${paths.TLS}/replication/ca.crt`,
  };
  const { [label.patroni]: _scope, ...labels } = patroniLabels(c);
  return (
    HEADER +
    stringify({
      scope: haService(c),
      kubernetes: {
        namespace: c.namespace,
        use_endpoints: true,
        role_label: label.role,
        scope_label: label.patroni,
        labels,
      },
      postgresql: { authentication: { superuser: { username: "postgres" }, replication: client, rewind: client } },
      restapi: {
        cafile: `${CERTIFICATES}/patroni.ca-roots`,
        certfile: `${CERTIFICATES}/patroni.crt-combined`,
        verify_client: "optional",
      },
      ctl: {
        cacert: `${CERTIFICATES}/patroni.ca-roots`,
        certfile: `${CERTIFICATES}/patroni.crt-combined`,
        insecure: false,
      },
      watchdog: { mode: "off" },
    })
  );
}

/** patroni.yaml of one instance. `create-replica` fails at once while there is no backup on the primary's timeline; Patroni then copies from the primary. */
export function instancePatroniYaml(c: PgCluster, set: InstanceSet): string {
  const waldir = paths.walDirectory(c.major, set.walVolumeClaimSpec !== undefined);
  const methods = c.patroni.createReplicaMethods ?? (c.backups.enabled ? ["pgbackrest", "basebackup"] : ["basebackup"]);
  return (
    HEADER +
    stringify({
      bootstrap: { dcs: {}, initdb: ["data-checksums", { encoding: "UTF8" }, { locale: "C.UTF-8" }, { waldir }] },
      postgresql: {
        create_replica_methods: methods,
        basebackup: [{ checkpoint: "fast" }, { waldir }],
        ...(c.backups.enabled
          ? {
              pgbackrest: {
                command: `sh ${paths.BIN}/create-replica`,
                keep_data: true,
                no_leader: true,
                no_params: true,
              },
            }
          : {}),
        pgpass: "/tmp/.pgpass",
        use_unix_socket: true,
        use_unix_socket_repl: true,
        parameters: { unix_socket_directories: paths.SOCKETS },
        ...(c.patroni.removeDiverged
          ? { remove_data_directory_on_diverged_timelines: true, remove_data_directory_on_rewind_failure: true }
          : {}),
      },
      tags: {},
    })
  );
}
