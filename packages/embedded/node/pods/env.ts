/** The environment of a container: image, services, envFrom, env, with $(VAR) replaced. */

import type { Container, EnvVar, Pod, Service } from "@keelson/kube";
import { fieldValue, type PodAddresses, resourceValue } from "../volumes/downward.ts";
import { configMapData, decode, type PayloadSources } from "../volumes/payload.ts";

/** Something the environment needs is missing; status shows CreateContainerConfigError with this message. */
export class EnvError extends Error {}

export interface EnvInput {
  readonly pod: Pod;
  readonly container: Container;
  readonly imageEnv: Readonly<Record<string, string>>;
  /** Services of the pod's namespace, and `kubernetes` of the default one. */
  readonly services: readonly Service[];
  readonly addresses: PodAddresses;
}

/** All variables by name. Kubernetes' order: later ones win and may refer to earlier ones. */
export async function containerEnv(
  input: EnvInput,
  sources: Pick<PayloadSources, "configMap" | "secret">,
): Promise<Map<string, string>> {
  const { pod, container } = input;
  const namespace = pod.metadata?.namespace ?? "default";
  const serviceLinks = pod.spec?.enableServiceLinks ?? true;
  const own = new Map<string, string>();
  for (const source of container.envFrom ?? []) {
    const prefix = source.prefix ?? "";
    const reference = source.configMapRef ?? source.secretRef;
    if (reference === undefined) continue;
    const data = await objectData(
      source.configMapRef === undefined ? "secret" : "configmap",
      namespace,
      reference,
      sources,
    );
    for (const [key, value] of data) own.set(`${prefix}${key}`, value.toString());
  }
  const services = serviceVariables(input.services, namespace, serviceLinks);
  for (const variable of container.env ?? []) {
    const value = await variableValue(variable, input, sources, new Map([...services, ...own]));
    if (value !== undefined) own.set(variable.name, value);
  }
  const base: [string, string][] = [
    ...Object.entries(input.imageEnv),
    ["HOSTNAME", pod.spec?.hostname ?? pod.metadata?.name ?? ""],
  ];
  return new Map([...base, ...services, ...own]);
}

async function objectData(
  what: "configmap" | "secret",
  namespace: string,
  reference: { name?: string; optional?: boolean },
  sources: Pick<PayloadSources, "configMap" | "secret">,
): Promise<Map<string, Buffer>> {
  const name = reference.name ?? "";
  if (what === "configmap") {
    const object = await sources.configMap(namespace, name);
    if (object !== undefined) return configMapData(object);
  } else {
    const object = await sources.secret(namespace, name);
    if (object !== undefined) return decode(object.data);
  }
  if (reference.optional === true) return new Map();
  throw new EnvError(`${what} "${name}" not found`);
}

async function variableValue(
  variable: EnvVar,
  input: EnvInput,
  sources: Pick<PayloadSources, "configMap" | "secret">,
  known: ReadonlyMap<string, string>,
): Promise<string | undefined> {
  const { valueFrom } = variable;
  if (valueFrom === undefined) return expand(variable.value ?? "", known);
  const namespace = input.pod.metadata?.namespace ?? "default";
  if (valueFrom.fieldRef !== undefined) return fieldValue(input.pod, valueFrom.fieldRef.fieldPath, input.addresses);
  if (valueFrom.resourceFieldRef !== undefined) {
    const { containerName, resource, divisor } = valueFrom.resourceFieldRef;
    const all = [...(input.pod.spec?.containers ?? []), ...(input.pod.spec?.initContainers ?? [])];
    const container =
      containerName === undefined || containerName === ""
        ? input.container
        : all.find(({ name }) => name === containerName);
    return resourceValue(container ?? input.container, resource, divisor);
  }
  const reference = valueFrom.configMapKeyRef ?? valueFrom.secretKeyRef;
  if (reference === undefined) return undefined;
  const what = valueFrom.configMapKeyRef === undefined ? "secret" : "configmap";
  const data = await objectData(what, namespace, reference, sources);
  const value = data.get(reference.key);
  if (value !== undefined) return value.toString();
  if (reference.optional === true) return undefined;
  throw new EnvError(
    `couldn't find key ${reference.key} in ${what === "secret" ? "Secret" : "ConfigMap"} ${namespace}/${reference.name ?? ""}`,
  );
}

/** Replaces `$(NAME)` by known variables; `$$` is a dollar sign; an unknown name stays as it is written. */
export function expand(text: string, known: ReadonlyMap<string, string>): string {
  return text.replace(/\$(?:\$|\(([^()]*)\))/g, (all, name: string | undefined) =>
    name === undefined ? "$" : (known.get(name) ?? all),
  );
}

/** `REDIS_SERVICE_HOST` and its like for every service with an address. Without links only those of `kubernetes`. */
export function serviceVariables(services: readonly Service[], namespace: string, links: boolean): Map<string, string> {
  const variables = new Map<string, string>();
  for (const service of services) {
    const { name = "", namespace: own } = service.metadata ?? {};
    const isApi = own === "default" && name === "kubernetes";
    const address = service.spec?.clusterIP;
    if (address === undefined || address === "" || address === "None" || !(isApi || (links && own === namespace)))
      continue;
    addServiceVariables(variables, name, address, service.spec?.ports ?? []);
  }
  return variables;
}

type ServicePorts = NonNullable<NonNullable<Service["spec"]>["ports"]>;

function addServiceVariables(variables: Map<string, string>, name: string, address: string, ports: ServicePorts): void {
  const prefix = name.toUpperCase().replaceAll("-", "_");
  variables.set(`${prefix}_SERVICE_HOST`, address);
  const [first] = ports;
  if (first === undefined) return;
  variables.set(`${prefix}_SERVICE_PORT`, String(first.port));
  variables.set(`${prefix}_PORT`, `${(first.protocol ?? "TCP").toLowerCase()}://${address}:${first.port}`);
  for (const port of ports) {
    const protocol = port.protocol ?? "TCP";
    if (port.name)
      variables.set(`${prefix}_SERVICE_PORT_${port.name.toUpperCase().replaceAll("-", "_")}`, String(port.port));
    const full = `${prefix}_PORT_${port.port}_${protocol}`;
    variables.set(full, `${protocol.toLowerCase()}://${address}:${port.port}`);
    variables.set(`${full}_PROTO`, protocol.toLowerCase());
    variables.set(`${full}_PORT`, String(port.port));
    variables.set(`${full}_ADDR`, address);
  }
}
