/** For each rule in Percona's CRDs, values that it lets pass and values that it refuses: `[self]`, or `[self, oldSelf]`. */
export interface Samples {
  readonly good: readonly (readonly [self: unknown, old?: unknown])[];
  readonly bad: readonly (readonly [self: unknown, old?: unknown])[];
}

const absent = (name: string): Samples => ({ good: [[{}], [{ other: "x" }]], bad: [[{ [name]: "x" }]] });
const enabledNeeds = (name: string, value: unknown): Samples => ({
  good: [[{}], [{ enabled: false }], [{ enabled: true, [name]: value }]],
  bad: [[{ enabled: true }]],
});

const mysql = (clusterType: string, rest: object = {}, unsafe: object = {}): [object] => [
  {
    mysql: { clusterType, ...rest },
    unsafeFlags: unsafe,
    proxy: { router: {}, haproxy: { enabled: true } },
    orchestrator: {},
  },
];
const withProxy = (clusterType: string, proxy: object, more: object = {}): [object] => [
  { mysql: { clusterType }, unsafeFlags: {}, orchestrator: {}, proxy: { router: {}, haproxy: {}, ...proxy }, ...more },
];

/** By the rule's text, each run of white space as one blank. */
export const perconaRules: Readonly<Record<string, Samples>> = {
  "self == oldSelf": { good: [["a", "a"]], bad: [["a", "b"]] },
  'self.method == "volumeSnapshot" || has(self.repoName)': {
    good: [[{ method: "volumeSnapshot" }], [{ method: "pgbackrest", repoName: "r" }]],
    bad: [[{ method: "pgbackrest" }]],
  },
  "!has(self.extensions) || !has(self.extensions.pg_tde) || !has(self.extensions.pg_tde.enabled) || !self.extensions.pg_tde.enabled || self.postgresVersion >= 16":
    {
      good: [[{ postgresVersion: 15 }], [{ postgresVersion: 17, extensions: { pg_tde: { enabled: true } } }]],
      bad: [[{ postgresVersion: 15, extensions: { pg_tde: { enabled: true } } }]],
    },
  "!has(self.users) || self.postgresVersion >= 15 || self.users.all(u, !has(u.grantPublicSchemaAccess) || !u.grantPublicSchemaAccess)":
    {
      good: [
        [{ postgresVersion: 14 }],
        [{ postgresVersion: 15, users: [{ grantPublicSchemaAccess: true }] }],
        [{ postgresVersion: 14, users: [{}] }],
      ],
      bad: [[{ postgresVersion: 14, users: [{}, { grantPublicSchemaAccess: true }] }]],
    },
  "!has(self.logicalReplicas) || size(self.logicalReplicas) == 0 || self.postgresVersion >= 17": {
    good: [
      [{ postgresVersion: 16 }],
      [{ postgresVersion: 16, logicalReplicas: [] }],
      [{ postgresVersion: 17, logicalReplicas: [{}] }],
    ],
    bad: [[{ postgresVersion: 16, logicalReplicas: [{}] }]],
  },
  "!has(self.logicalReplicas) || size(self.logicalReplicas) == 0 || !has(self.backups) || !has(self.backups.enabled) || self.backups.enabled || self.logicalReplicas.all(r, has(r.bootstrapMethod) && r.bootstrapMethod == 'pg_basebackup')":
    {
      good: [
        [{ logicalReplicas: [{}] }],
        [{ logicalReplicas: [{ bootstrapMethod: "pg_basebackup" }], backups: { enabled: false } }],
      ],
      bad: [[{ logicalReplicas: [{}], backups: { enabled: false } }]],
    },
  "(has(self.enabled) && self.enabled == false) || (has(self.pgbackrest.repos) && size(self.pgbackrest.repos) > 0)": {
    good: [[{ enabled: false, pgbackrest: {} }], [{ pgbackrest: { repos: [{ name: "repo1" }] } }]],
    bad: [[{ enabled: true, pgbackrest: {} }], [{ pgbackrest: { repos: [] } }]],
  },
  "!has(self.config_file) && !has(self.data_directory)": {
    good: [[{}]],
    bad: [[{ data_directory: "x" }], [{ config_file: "x" }]],
  },
  "!has(self.external_pid_file)": absent("external_pid_file"),
  "!has(self.hba_file) && !has(self.ident_file)": { good: [[{}]], bad: [[{ hba_file: "x" }], [{ ident_file: "x" }]] },
  "!has(self.listen_addresses)": absent("listen_addresses"),
  "!has(self.port)": absent("port"),
  "!has(self.ssl) && !self.exists(k, k.startsWith(\"ssl_\") && !(k == 'ssl_groups' || k == 'ssl_ecdh_curve'))": {
    good: [[{}], [{ ssl_groups: "x" }], [{ ssl_ecdh_curve: "x" }]],
    bad: [[{ ssl: "on" }], [{ ssl_ca_file: "x" }]],
  },
  '!self.exists(k, k.startsWith("unix_socket_"))': { good: [[{ a: 1 }]], bad: [[{ unix_socket_group: "x" }]] },
  '!has(self.wal_level) || self.wal_level in ["logical"]': {
    good: [[{}], [{ wal_level: "logical" }]],
    bad: [[{ wal_level: "minimal" }]],
  },
  "!has(self.wal_log_hints)": absent("wal_log_hints"),
  "!has(self.archive_mode) && !has(self.archive_command) && !has(self.restore_command)": absent("archive_command"),
  '!has(self.recovery_target) && !self.exists(k, k.startsWith("recovery_target_"))': {
    good: [[{}]],
    bad: [[{ recovery_target: "x" }], [{ recovery_target_time: "x" }]],
  },
  "!has(self.hot_standby)": absent("hot_standby"),
  "!has(self.synchronous_standby_names)": absent("synchronous_standby_names"),
  "!has(self.primary_conninfo) && !has(self.primary_slot_name)": absent("primary_slot_name"),
  "!has(self.recovery_min_apply_delay)": absent("recovery_min_apply_delay"),
  "!has(self.cluster_name)": absent("cluster_name"),
  "!has(self.logging_collector)": absent("logging_collector"),
  "!has(self.log_file_mode)": absent("log_file_mode"),
  "self == \"\" || self.matches('^[0-9]+\\\\.[0-9]+\\\\.[0-9]+([-+][a-zA-Z0-9.+-]+)?$')": {
    good: [[""], ["2.7.0"], ["2.7.0-rc1"]],
    bad: [["2.7"], ["v2.7.0"]],
  },
  "!has(oldSelf.pg_tde) || !has(oldSelf.pg_tde.vault) || !has(oldSelf.pg_tde.enabled) || !oldSelf.pg_tde.enabled || has(self.pg_tde.vault)":
    {
      good: [
        [{}, {}],
        [{ pg_tde: { vault: {} } }, { pg_tde: { enabled: true, vault: {} } }],
      ],
      bad: [[{ pg_tde: { enabled: false } }, { pg_tde: { enabled: true, vault: {} } }]],
    },
  "!has(self.enabled) || (has(self.enabled) && self.enabled == false) || has(self.vault)": enabledNeeds("vault", {}),
  "!has(self.walEncryption) || !self.walEncryption || (has(self.enabled) && self.enabled)": {
    good: [[{}], [{ walEncryption: true, enabled: true }]],
    bad: [[{ walEncryption: true }], [{ walEncryption: true, enabled: false }]],
  },
  '((has(self.repoName) && self.repoName != "") || (has(self.volumeSnapshotBackupName) && self.volumeSnapshotBackupName != ""))':
    {
      good: [[{ repoName: "repo1" }], [{ volumeSnapshotBackupName: "x" }]],
      bad: [[{}], [{ repoName: "" }]],
    },
  "[has(self.postgresClusterName),has(self.postgresClusterSelector)].exists_one(x,x)": {
    good: [[{ postgresClusterName: "x" }], [{ postgresClusterSelector: {} }]],
    bad: [[{}], [{ postgresClusterName: "x", postgresClusterSelector: {} }]],
  },
  "self.type != 'date' || (has(self.date) && self.date.matches('^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01]) ([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]$'))":
    {
      good: [[{ type: "latest" }], [{ type: "date", date: "2026-11-21 08:00:00" }]],
      bad: [[{ type: "date" }], [{ type: "date", date: "2026-13-21 08:00:00" }]],
    },
  "self.type != 'latest' || !has(self.date)": { good: [[{ type: "latest" }]], bad: [[{ type: "latest", date: "x" }]] },
  "!has(self.autoscaling) || !has(self.autoscaling.enabled) || !self.autoscaling.enabled || self.enableVolumeScaling": {
    good: [[{}], [{ autoscaling: { enabled: true }, enableVolumeScaling: true }]],
    bad: [[{ autoscaling: { enabled: true }, enableVolumeScaling: false }]],
  },
  "!has(self.autoscaling) || !has(self.autoscaling.enabled) || !self.autoscaling.enabled || !has(self.enableExternalAutoscaling) || !self.enableExternalAutoscaling":
    {
      good: [[{ autoscaling: { enabled: true } }]],
      bad: [[{ autoscaling: { enabled: true }, enableExternalAutoscaling: true }]],
    },
  "isURL(self)": { good: [["https://vault:8200"]], bad: [["vault 8200"]] },
  "!has(self.incrementalBaseBackupName) || self.incrementalBaseBackupName == \"\" || self.type == 'incremental'": {
    good: [[{ type: "full" }], [{ type: "incremental", incrementalBaseBackupName: "x" }]],
    bad: [[{ type: "full", incrementalBaseBackupName: "x" }]],
  },
  "self.clusters.exists(c, c.innodbClusterName == self.primaryCluster)": {
    good: [[{ primaryCluster: "a", clusters: [{ innodbClusterName: "a" }] }]],
    bad: [[{ primaryCluster: "a", clusters: [{ innodbClusterName: "b" }] }]],
  },
  "self.clusters.all(c, c.endpoints.all(e, self.clusters.map(c2, c2.endpoints.filter(e2, e2.host == e.host).size()).sum() == 1))":
    {
      good: [[{ clusters: [{ endpoints: [{ host: "a" }] }, { endpoints: [{ host: "b" }] }] }]],
      bad: [[{ clusters: [{ endpoints: [{ host: "a" }] }, { endpoints: [{ host: "a" }] }] }]],
    },
  "self.all(c, self.exists_one(d, d.innodbClusterName == c.innodbClusterName))": {
    good: [[[{ innodbClusterName: "a" }, { innodbClusterName: "b" }]]],
    bad: [[[{ innodbClusterName: "a" }, { innodbClusterName: "a" }]]],
  },
  "isIP(self) || !format.dns1123Subdomain().validate(self).hasValue()": {
    good: [["10.0.0.1"], ["a.example.com"]],
    bad: [["Not A Host"]],
  },
  "self.matches('^[A-Za-z0-9]+$')": { good: [["abc1"]], bad: [["a-b"]] },
  "has(self.name) && self.name != ''": { good: [[{ name: "x" }]], bad: [[{}], [{ name: "" }]] },
  "!has(self.size) || self.size <= 1": { good: [[{}], [{ size: 1 }]], bad: [[{ size: 2 }]] },
  "!(self.mysql.clusterType == 'async') || self.unsafeFlags.orchestrator || self.orchestrator.enabled": {
    good: [
      withProxy("group-replication", {}),
      withProxy("async", {}, { orchestrator: { enabled: true } }),
      withProxy("async", {}, { unsafeFlags: { orchestrator: true } }),
    ],
    bad: [withProxy("async", {}, { unsafeFlags: { orchestrator: false }, orchestrator: { enabled: false } })],
  },
  "!(self.mysql.clusterType == 'async') || self.unsafeFlags.proxy || self.proxy.haproxy.enabled": {
    good: [withProxy("async", { haproxy: { enabled: true } })],
    bad: [withProxy("async", { haproxy: { enabled: false } }, { unsafeFlags: { proxy: false } })],
  },
  "!(self.mysql.clusterType == 'async') || self.proxy.router == null || !has(self.proxy.router.enabled) || !self.proxy.router.enabled":
    {
      good: [withProxy("async", { router: { enabled: false } }), withProxy("async", {})],
      bad: [withProxy("async", { router: { enabled: true } })],
    },
  "!(has(self.mysql.size) && self.mysql.size < 3) || self.unsafeFlags.mysqlSize": {
    good: [mysql("async", { size: 3 }), mysql("async"), mysql("async", { size: 1 }, { mysqlSize: true })],
    bad: [mysql("async", { size: 2 }, { mysqlSize: false })],
  },
  "!(self.mysql.clusterType == 'group-replication' && has(self.mysql.size) && self.mysql.size >= 9) || self.unsafeFlags.mysqlSize":
    {
      good: [mysql("group-replication", { size: 7 })],
      bad: [mysql("group-replication", { size: 9 }, { mysqlSize: false })],
    },
  "!(self.mysql.clusterType == 'group-replication' && has(self.mysql.size) && self.mysql.size % 2 == 0) || self.unsafeFlags.mysqlSize":
    {
      good: [mysql("group-replication", { size: 3 }), mysql("async", { size: 4 })],
      bad: [mysql("group-replication", { size: 4 }, { mysqlSize: false })],
    },
  "!(self.mysql.clusterType == 'group-replication') || self.unsafeFlags.proxy || self.proxy.router.enabled || self.proxy.haproxy.enabled":
    {
      good: [
        withProxy("group-replication", { router: { enabled: true } }),
        withProxy("group-replication", { haproxy: { enabled: true } }),
      ],
      bad: [
        withProxy(
          "group-replication",
          { router: { enabled: false }, haproxy: { enabled: false } },
          { unsafeFlags: { proxy: false } },
        ),
      ],
    },
  "!(self.mysql.clusterType == 'group-replication' && self.proxy.router.enabled && has(self.proxy.router.size) && self.proxy.router.size < 2) || self.unsafeFlags.proxySize":
    {
      good: [withProxy("group-replication", { router: { enabled: true, size: 2 } })],
      bad: [
        withProxy("group-replication", { router: { enabled: true, size: 1 } }, { unsafeFlags: { proxySize: false } }),
      ],
    },
  "!(self.mysql.clusterType == 'group-replication' && has(self.mysql.size) && self.mysql.size < 3) || self.unsafeFlags.mysqlSize":
    {
      good: [mysql("group-replication", { size: 3 }), mysql("async", { size: 1 })],
      bad: [mysql("group-replication", { size: 1 }, { mysqlSize: false })],
    },
  "!(self.mysql.clusterType == 'async' && has(self.orchestrator.size) && (self.orchestrator.size < 3 || self.orchestrator.size % 2 == 0) && self.orchestrator.size > 0) || self.unsafeFlags.orchestratorSize":
    {
      good: [
        withProxy("async", {}, { orchestrator: { size: 3 } }),
        withProxy("async", {}, { orchestrator: { size: 0 } }),
      ],
      bad: [withProxy("async", {}, { orchestrator: { size: 4 }, unsafeFlags: { orchestratorSize: false } })],
    },
  "!(self.mysql.clusterType == 'async' && self.updateStrategy == 'SmartUpdate') || self.orchestrator.enabled": {
    good: [
      withProxy("async", {}, { updateStrategy: "OnDelete" }),
      withProxy("async", {}, { updateStrategy: "SmartUpdate", orchestrator: { enabled: true } }),
    ],
    bad: [withProxy("async", {}, { updateStrategy: "SmartUpdate", orchestrator: { enabled: false } })],
  },
  "!(self.proxy.router != null && has(self.proxy.router.enabled) && self.proxy.router.enabled && self.proxy.haproxy != null && has(self.proxy.haproxy.enabled) && self.proxy.haproxy.enabled)":
    {
      good: [withProxy("async", { router: { enabled: true } })],
      bad: [withProxy("async", { router: { enabled: true }, haproxy: { enabled: true } })],
    },
  "!(has(self.enabled) && self.enabled) || !has(self.binlogServer) || (has(self.binlogServer.image) && self.binlogServer.image != '')":
    {
      good: [[{}], [{ enabled: true }], [{ enabled: true, binlogServer: { image: "i" } }]],
      bad: [[{ enabled: true, binlogServer: {} }], [{ enabled: true, binlogServer: { image: "" } }]],
    },
  "!(has(self.enabled) && self.enabled) || !has(self.binlogServer) || (has(self.binlogServer.size) && self.binlogServer.size > 0)":
    {
      good: [[{ enabled: true, binlogServer: { size: 1 } }]],
      bad: [[{ enabled: true, binlogServer: {} }], [{ enabled: true, binlogServer: { size: 0 } }]],
    },
  "has(self.image) && size(self.image) > 0": { good: [[{ image: "i" }]], bad: [[{}], [{ image: "" }]] },
  "has(self.size) && self.size > 0": { good: [[{ size: 1 }]], bad: [[{}], [{ size: 0 }]] },
  "!(has(self.enabled) && self.enabled) || (has(self.image) && size(self.image) > 0)": enabledNeeds("image", "i"),
  "!(has(self.enabled) && self.enabled) || (has(self.size) && self.size > 0)": enabledNeeds("size", 1),
  "isQuantity(self)": { good: [["1Gi"]], bad: [["1GB!"]] },
  "sign(quantity(self)) == 1": { good: [["1Gi"]], bad: [["0"], ["-1"]] },
  "quantity(self).compareTo(quantity('1Gi')) >= 0": { good: [["1Gi"], ["2G"]], bad: [["1G"]] },
  "!(has(self.loadBalancerClass)) || self.type == 'LoadBalancer'": {
    good: [[{}], [{ loadBalancerClass: "x", type: "LoadBalancer" }]],
    bad: [[{ loadBalancerClass: "x", type: "ClusterIP" }]],
  },
  "self.maxLength >= self.minLength": {
    good: [[{ minLength: 8, maxLength: 8 }]],
    bad: [[{ minLength: 9, maxLength: 8 }]],
  },
};
