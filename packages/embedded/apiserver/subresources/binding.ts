/** `pods/NAME/binding`: the scheduler puts a pod on a node. */
import { badRequest, conflict, invalid, notFound } from "../errors.ts";
import { sendJson } from "../http/respond.ts";
import { clone } from "../schema/index.ts";
import { storageKey } from "../storage/stored.ts";
import { isObject, type JsonObject, type KubeObject, objectAt, objectsAt, stringAt } from "../types.ts";
import { isDryRun, type ResourceRequest, timestamp } from "../verbs/context.ts";
import { readBodyOf } from "./body.ts";

export async function bindPod(request: ResourceRequest): Promise<void> {
  const body = await readBodyOf(request, "", "v1", "Binding");
  await bind(request, request.info.name, body);
}

/** The older form: POST of a Binding named like the pod. */
export async function createBinding(request: ResourceRequest): Promise<void> {
  const body = await readBodyOf(request, "", "v1", "Binding");
  await bind(request, stringAt(body["metadata"], "name") ?? "", body);
}

async function bind(request: ResourceRequest, name: string, body: JsonObject): Promise<void> {
  const { platform, info } = request;
  const pods = platform.registry.builtin("", "pods");
  const target = objectAt(body, "target");
  const node = stringAt(target, "name") ?? "";
  const kind = stringAt(target, "kind") ?? "";
  if (node === "" || (kind !== "" && kind !== "Node")) {
    const field = node === "" ? "target.name" : "target.kind";
    throw invalid({ group: "", kind: "Binding" }, name, [
      {
        type: node === "" ? "FieldValueRequired" : "FieldValueNotSupported",
        field,
        badValue: kind,
        detail: node === "" ? "" : 'supported values: "Node", "<empty>"',
      },
    ]);
  }
  const key = storageKey(info.namespace, name);
  const live = platform.store.latest(pods.collection, key);
  if (live === undefined) throw notFound(pods, name);
  const pod = clone(live.object);
  if (!isObject(pod.spec)) throw badRequest("the pod has no spec");
  const subject = { group: "", plural: "pods/binding", kind: "Binding" };
  const uid = stringAt(body["metadata"], "uid") ?? "";
  if (uid !== "" && uid !== pod.metadata.uid)
    throw conflict(
      subject,
      name,
      `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${pod.metadata.uid}`,
    );
  if (pod.metadata.deletionTimestamp !== undefined)
    throw conflict(subject, name, `pod ${name} is being deleted, cannot be assigned to a host`);
  const bound = stringAt(pod.spec, "nodeName") ?? "";
  if (bound !== "") throw conflict(subject, name, `pod ${name} is already assigned to node ${JSON.stringify(bound)}`);
  if (objectsAt(pod.spec, "schedulingGates").length > 0)
    throw conflict(subject, name, `pod ${name} has non-empty .spec.schedulingGates`);
  pod.spec["nodeName"] = node;
  const annotations = objectAt(body["metadata"], "annotations") as Record<string, string> | undefined;
  if (annotations !== undefined) pod.metadata.annotations = { ...pod.metadata.annotations, ...annotations };
  setCondition(pod, {
    type: "PodScheduled",
    status: "True",
    lastProbeTime: null,
    lastTransitionTime: timestamp(platform.now()),
  });
  if (!isDryRun(info)) await platform.store.put(pods.collection, key, pod);
  sendJson(request.exchange, 201, { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", code: 201 });
}

/** Puts a condition in the place of the one of its type. */
export function setCondition(pod: KubeObject, condition: JsonObject): void {
  const status = isObject(pod.status) ? pod.status : {};
  const others = objectsAt(status, "conditions").filter((c) => c["type"] !== condition["type"]);
  pod.status = { ...status, conditions: [...others, condition] };
}
