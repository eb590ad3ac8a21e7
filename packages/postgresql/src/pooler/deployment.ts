/** PgBouncer. */
import type { Deployment } from "@keelson/kube";
import { clusterLabels, label } from "../cluster/labels.ts";
import type { PgCluster } from "../cluster/model.ts";
import * as names from "../cluster/names.ts";
import { meta } from "../cluster/objects.ts";
import { COMMON_ENV, container, env, item, podTemplate, tmpMount, tmpVolume } from "../cluster/pod.ts";
import { CONFIG } from "./pgbouncer-ini.ts";

/** There while queries are to be held. */
const PAUSED = "paused";
/** There once a new PgBouncer holds queries, if it is to. */
const STARTED = "/tmp/pooler-started";

/**
 * Starts PgBouncer, has it read its files again when Kubernetes has replaced them, and hold queries while the file says so: USR1 is PAUSE, USR2
 * RESUME. A constant: nothing of the user's is in it. No signal before PgBouncer listens, and no client before the first signal.
 */
const SERVE = `
set -u
rm -f ${STARTED}
stop=0
trap 'stop=1; kill -INT "$pooler" 2>/dev/null' TERM INT
seen() { readlink ${CONFIG}/..data; }
files=$(seen)
paused=0
hold() {
  wanted=0
  [ -e ${CONFIG}/~postgres-operator/${PAUSED} ] && wanted=1
  [ "$wanted" = "$paused" ] && return 0
  if [ "$wanted" = 1 ]; then kill -USR1 "$pooler" 2>/dev/null; else kill -USR2 "$pooler" 2>/dev/null; fi
  paused=$wanted
}
listens() { grep -qs ":$(printf %04X "$KEELSON_PORT") [0-9A-F]*:0000 0A " /proc/net/tcp /proc/net/tcp6; }
pgbouncer ${CONFIG}/~postgres-operator.ini & pooler=$!
until listens; do
  kill -0 "$pooler" 2>/dev/null || break
  sleep 0.1
done
while kill -0 "$pooler" 2>/dev/null; do
  [ "$stop" = 0 ] && hold && : > ${STARTED}
  sleep 5 & wait $!
  if [ "$stop" = 0 ] && [ "$(seen)" != "$files" ]; then files=$(seen); kill -HUP "$pooler" 2>/dev/null; fi
  [ "$stop" = 1 ] && break
done
wait "$pooler"
`;

/** The pooler's Deployment, or undefined without a pooler. */
export function poolerDeployment(c: PgCluster, running: boolean): Deployment | undefined {
  const pooler = c.pooler;
  if (pooler === undefined) return undefined;
  const labels = { ...clusterLabels(c, "pgbouncer"), [label.role]: "pgbouncer" };
  const own = "~postgres-operator";
  const template = podTemplate(c, {
    labels,
    metadata: pooler.metadata,
    knobs: pooler,
    containers: [
      container(c, {
        name: "pgbouncer",
        image: pooler.image,
        command: ["sh", "-c", SERVE],
        env: env({ ...COMMON_ENV, KEELSON_PORT: String(pooler.port) }),
        ports: [{ name: "pgbouncer", containerPort: pooler.port, protocol: "TCP" }],
        readinessProbe: { tcpSocket: { port: pooler.port }, periodSeconds: 5 },
        startupProbe: { exec: { command: ["test", "-e", STARTED] }, periodSeconds: 1, failureThreshold: 60 },
        ...(pooler.resources === undefined ? {} : { resources: pooler.resources }),
        volumeMounts: [{ name: "pgbouncer-config", mountPath: CONFIG, readOnly: true }, tmpMount],
      }),
    ],
    volumes: [
      {
        name: "pgbouncer-config",
        projected: {
          sources: [
            { configMap: { name: names.pooler(c), items: [item("pgbouncer.ini", `${own}.ini`)] } },
            {
              configMap: {
                name: names.pooler(c),
                items: [item("pgbouncer-paused", `${own}/${PAUSED}`)],
                optional: true,
              },
            },
            {
              secret: {
                name: names.poolerSecret(c),
                items: [
                  item("pgbouncer-users.txt", `${own}/users.txt`),
                  item("pgbouncer-frontend.ca-roots", `${own}/frontend-ca.crt`),
                  item("pgbouncer-frontend.crt", `${own}/frontend-tls.crt`),
                  item("pgbouncer-frontend.key", `${own}/frontend-tls.key`),
                ],
              },
            },
            {
              secret: {
                name: names.serverSecret(c),
                items: [item("ca.crt", `${own}/backend-ca.crt`)],
              },
            },
          ],
        },
      },
      tmpVolume,
    ],
  });
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: meta(c, names.pooler(c), labels),
    spec: {
      replicas: running ? pooler.replicas : 0,
      revisionHistoryLimit: 0,
      strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0 } },
      selector: { matchLabels: { [label.cluster]: c.name, [label.role]: "pgbouncer" } },
      template,
    },
  };
}
