/** Manifests for tests, small and complete; what matters to a test is said by the test. */

/** A pod template. `annotations` steer the simulated node. */
export function template(
  app: string,
  more: { annotations?: Record<string, string>; spec?: object; image?: string } = {},
) {
  return {
    metadata: { labels: { app }, ...(more.annotations === undefined ? {} : { annotations: more.annotations }) },
    spec: { terminationGracePeriodSeconds: 1, containers: [{ name: "c", image: more.image ?? "one" }], ...more.spec },
  };
}

/** Where and how many. */
export interface Place {
  readonly namespace: string;
  readonly name: string;
  readonly replicas?: number;
  readonly spec?: object;
  readonly template?: object;
}

/** A Deployment that selects `app: NAME`. */
export function deployment({ namespace, name, replicas = 2, spec, template: pods }: Place) {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { namespace, name },
    spec: { replicas, selector: { matchLabels: { app: name } }, template: pods ?? template(name), ...spec },
  };
}

/** A StatefulSet that selects `app: NAME`. */
export function statefulSet({ namespace, name, replicas = 2, spec, template: pods }: Place) {
  return {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: { namespace, name },
    spec: {
      serviceName: name,
      replicas,
      selector: { matchLabels: { app: name } },
      template: pods ?? template(name),
      ...spec,
    },
  };
}

/** A Job whose pods end with this code. */
export function job({ namespace, name, spec, exit = "0" }: Place & { readonly exit?: string }) {
  const pods = template(name, { annotations: { "sim/exit": exit }, spec: { restartPolicy: "Never" } });
  return { apiVersion: "batch/v1", kind: "Job", metadata: { namespace, name }, spec: { template: pods, ...spec } };
}

/** A claim template of this size. */
export function claimTemplate(name: string, storage = "1Mi") {
  return { metadata: { name }, spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage } } } };
}
