/** Reading the question and sending it back with its answer in `status`. */
import { badRequest } from "../errors.ts";
import type { KubeObject } from "../types.ts";
import type { ResourceRequest } from "../verbs/context.ts";
import { decodeObject, fieldValidationOf, readJson } from "../verbs/decode.ts";
import { sendObject } from "../verbs/respond-object.ts";

export async function readQuestion(request: ResourceRequest): Promise<KubeObject> {
  const body = await readJson(request.exchange);
  if (body === undefined) throw badRequest("the body of the request was empty");
  const validation = fieldValidationOf(request.info.query);
  return decodeObject(request.resource, body.value, { exchange: request.exchange, validation, text: body.text });
}

export async function sendAnswer(request: ResourceRequest, question: KubeObject, status: object): Promise<void> {
  await sendObject(request, 201, { ...question, metadata: { ...question.metadata, creationTimestamp: null }, status });
}
