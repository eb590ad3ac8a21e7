/** Containers: names, images, ports, environment, mounts, probes, resources. */
import { compareAmounts } from "../quantities.ts";
import { type FieldError, parseQuantity } from "../schema/index.ts";
import { isObject, type JsonObject, numberAt, objectAt, objectsAt, stringAt } from "../types.ts";
import { dnsLabelProblem, portNameProblem } from "./names.ts";
import { notNegative, portNumber } from "./numbers.ts";
import { bad, duplicate, forbidden, required, unsupported } from "./problems.ts";

export interface ContainerContext {
  readonly volumes: ReadonlySet<string>;
  /** Names used so far, in all lists of the pod. */
  readonly names: Set<string>;
  readonly isInit: boolean;
}

export function containerProblems(container: JsonObject, field: string, context: ContainerContext): FieldError[] {
  const name = stringAt(container, "name") ?? "";
  const problems: FieldError[] = [];
  if (name === "") problems.push(required(`${field}.name`));
  else {
    const problem = dnsLabelProblem(name);
    if (problem !== undefined) problems.push(bad(`${field}.name`, name, problem));
    if (context.names.has(name)) problems.push(duplicate(`${field}.name`, name));
    context.names.add(name);
  }
  if ((stringAt(container, "image") ?? "") === "") problems.push(required(`${field}.image`));
  const policy = stringAt(container, "imagePullPolicy") ?? "";
  if (!pullPolicies.includes(policy)) problems.push(unsupported(`${field}.imagePullPolicy`, policy, pullPolicies));
  const messagePolicy = stringAt(container, "terminationMessagePolicy") ?? "";
  if (!messagePolicies.includes(messagePolicy)) {
    problems.push(unsupported(`${field}.terminationMessagePolicy`, messagePolicy, messagePolicies));
  }
  return [
    ...problems,
    ...portsProblems(objectsAt(container, "ports"), `${field}.ports`),
    ...environmentProblems(objectsAt(container, "env"), `${field}.env`),
    ...mountsProblems(objectsAt(container, "volumeMounts"), `${field}.volumeMounts`, context.volumes),
    ...resourcesProblems(objectAt(container, "resources"), `${field}.resources`),
    ...probesProblems(container, field, context.isInit),
  ];
}

const pullPolicies = ["Always", "IfNotPresent", "Never"];
const messagePolicies = ["File", "FallbackToLogsOnError"];
const protocols = ["SCTP", "TCP", "UDP"];

function portsProblems(ports: readonly JsonObject[], field: string): FieldError[] {
  const names = new Set<string>();
  return ports.flatMap((port, i) => {
    const at = `${field}[${i}]`;
    const problems: FieldError[] = [];
    const name = stringAt(port, "name") ?? "";
    if (name !== "") {
      const problem = portNameProblem(name);
      if (problem !== undefined) problems.push(bad(`${at}.name`, name, problem));
      else if (names.has(name)) problems.push(duplicate(`${at}.name`, name));
      names.add(name);
    }
    if (port["containerPort"] === undefined || port["containerPort"] === 0)
      problems.push(required(`${at}.containerPort`));
    else problems.push(...portNumber(`${at}.containerPort`, port["containerPort"]));
    if (port["hostPort"] !== undefined && port["hostPort"] !== 0)
      problems.push(...portNumber(`${at}.hostPort`, port["hostPort"]));
    const protocol = stringAt(port, "protocol") ?? "";
    if (!protocols.includes(protocol)) problems.push(unsupported(`${at}.protocol`, protocol, protocols));
    return problems;
  });
}

const sources = ["fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef"];

function environmentProblems(variables: readonly JsonObject[], field: string): FieldError[] {
  return variables.flatMap((variable, i) => {
    const at = `${field}[${i}]`;
    const problems: FieldError[] = [];
    const name = stringAt(variable, "name") ?? "";
    if (name === "") problems.push(required(`${at}.name`));
    else if (/[^\x20-\x7e]|=/.test(name)) {
      problems.push(
        bad(
          `${at}.name`,
          name,
          "a valid environment variable name must consist only of printable ASCII characters other than '='",
        ),
      );
    }
    const from = variable["valueFrom"];
    if (!isObject(from)) return problems;
    const given = sources.filter((source) => isObject(from[source]));
    if (given.length === 0)
      problems.push(
        bad(
          `${at}.valueFrom`,
          "",
          "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`",
        ),
      );
    if ((stringAt(variable, "value") ?? "") !== "")
      problems.push(bad(`${at}.valueFrom`, "", "may not be specified when `value` is not empty"));
    else if (given.length > 1)
      problems.push(bad(`${at}.valueFrom`, "", "may not have more than one field specified at a time"));
    return problems;
  });
}

function mountsProblems(mounts: readonly JsonObject[], field: string, volumes: ReadonlySet<string>): FieldError[] {
  const paths = new Set<string>();
  return mounts.flatMap((mount, i) => {
    const at = `${field}[${i}]`;
    const problems: FieldError[] = [];
    const name = stringAt(mount, "name") ?? "";
    const path = stringAt(mount, "mountPath") ?? "";
    if (name === "") problems.push(required(`${at}.name`));
    else if (!volumes.has(name))
      problems.push({ type: "FieldValueNotFound", field: `${at}.name`, badValue: name, detail: "" });
    if (path === "") problems.push(required(`${at}.mountPath`));
    else if (paths.has(path)) problems.push(bad(`${at}.mountPath`, path, "must be unique"));
    paths.add(path);
    const sub = stringAt(mount, "subPath") ?? "";
    if (sub.startsWith("/")) problems.push(bad(`${at}.subPath`, sub, "must be a relative path"));
    if (sub.split("/").includes("..")) problems.push(bad(`${at}.subPath`, sub, "must not contain '..'"));
    if (sub !== "" && (stringAt(mount, "subPathExpr") ?? "") !== "") {
      problems.push(bad(`${at}.subPathExpr`, mount["subPathExpr"], "subPathExpr and subPath are mutually exclusive"));
    }
    return problems;
  });
}

export function resourcesProblems(resources: JsonObject | undefined, field: string): FieldError[] {
  const problems: FieldError[] = [];
  const limits = objectAt(resources, "limits") ?? {};
  for (const list of ["limits", "requests"] as const) {
    for (const [name, value] of Object.entries(objectAt(resources, list) ?? {})) {
      const at = `${field}.${list}.${name}`;
      if (parseQuantity(String(value)) === undefined) continue;
      if (compareAmounts(String(value), "0") < 0)
        problems.push(bad(`${field}.${list}[${name}]`, String(value), "must be greater than or equal to 0"));
      const limit = limits[name];
      if (list === "requests" && limit !== undefined && compareAmounts(String(value), String(limit)) > 0) {
        problems.push(
          bad(`${field}.requests`, String(value), `must be less than or equal to ${name} limit of ${limit}`),
        );
      }
      if (!/^(cpu|memory|ephemeral-storage|storage|hugepages-.+)$/.test(name) && !name.includes("/")) {
        problems.push(bad(at.replace(`.${name}`, ""), name, "must be a standard resource type or fully qualified"));
      }
    }
  }
  return problems;
}

const handlers = ["exec", "httpGet", "tcpSocket", "grpc"];

function probesProblems(container: JsonObject, field: string, isInit: boolean): FieldError[] {
  const isSidecar = isInit && container["restartPolicy"] === "Always";
  return ["livenessProbe", "readinessProbe", "startupProbe"].flatMap((kind) => {
    const probe = objectAt(container, kind);
    const at = `${field}.${kind}`;
    if (probe === undefined) return [];
    if (isInit && !isSidecar) return [forbidden(at, "may not be set for init containers without restartPolicy=Always")];
    const problems = handlerProblems(probe, at);
    for (const number of [
      "initialDelaySeconds",
      "timeoutSeconds",
      "periodSeconds",
      "successThreshold",
      "failureThreshold",
    ]) {
      problems.push(...notNegative(`${at}.${number}`, probe[number]));
    }
    const successes = numberAt(probe, "successThreshold") ?? 1;
    if (kind !== "readinessProbe" && successes !== 1)
      problems.push(bad(`${at}.successThreshold`, successes, "must be 1"));
    return problems;
  });
}

function handlerProblems(probe: JsonObject, field: string): FieldError[] {
  const given = handlers.filter((handler) => isObject(probe[handler]));
  if (given.length === 0) return [required(field, "must specify a handler type")];
  const problems = given
    .slice(1)
    .map((handler) => forbidden(`${field}.${handler}`, "may not specify more than 1 handler type"));
  const exec = objectAt(probe, "exec");
  if (exec !== undefined && !(Array.isArray(exec["command"]) && exec["command"].length > 0))
    problems.push(required(`${field}.exec.command`));
  for (const kind of ["httpGet", "tcpSocket"]) {
    const port = objectAt(probe, kind)?.["port"];
    if (objectAt(probe, kind) === undefined) continue;
    if (typeof port === "string") {
      const problem = portNameProblem(port);
      if (problem !== undefined) problems.push(bad(`${field}.${kind}.port`, port, problem));
    } else problems.push(...portNumber(`${field}.${kind}.port`, port));
  }
  return problems;
}
