/** "May this user do that?" in its three forms. */
import type { SubjectAccessReviewSpec } from "kubernetes-types/authorization/v1.js";
import type { Attributes } from "../auth/attributes.ts";
import { badRequest } from "../errors.ts";
import type { KubeObject, User } from "../types.ts";
import type { ResourceRequest } from "../verbs/context.ts";
import { readQuestion, sendAnswer } from "./answer.ts";

type Spec = Partial<SubjectAccessReviewSpec>;

function attributesOf(spec: Spec, user: User): Attributes {
  const { resourceAttributes: resource, nonResourceAttributes: path } = spec;
  if ((resource === undefined) === (path === undefined)) {
    throw badRequest("exactly one of nonResourceAttributes or resourceAttributes must be specified");
  }
  return {
    user,
    verb: resource?.verb ?? path?.verb ?? "",
    isResource: resource !== undefined,
    group: resource?.group ?? "",
    version: resource?.version ?? "",
    resource: resource?.resource ?? "",
    subresource: resource?.subresource ?? "",
    namespace: resource?.namespace ?? "",
    name: resource?.name ?? "",
    path: path?.path ?? "",
  };
}

async function decide(request: ResourceRequest, question: KubeObject, user: User): Promise<void> {
  const { allowed, reason } = request.platform.authorizer.authorize(attributesOf((question.spec ?? {}) as Spec, user));
  await sendAnswer(request, question, { allowed, ...(reason !== "" && { reason }) });
}

export async function selfSubjectAccessReview(request: ResourceRequest): Promise<void> {
  await decide(request, await readQuestion(request), request.user);
}

function subjectOf(spec: Spec): User {
  const { user = "", groups = [], uid, extra } = spec;
  if (user === "" && groups.length === 0)
    throw badRequest('spec.user: Invalid value: "": at least one of user or group must be specified');
  return { name: user, groups, ...(uid !== undefined && { uid }), ...(extra !== undefined && { extra }) };
}

export async function subjectAccessReview(request: ResourceRequest): Promise<void> {
  const question = await readQuestion(request);
  await decide(request, question, subjectOf((question.spec ?? {}) as Spec));
}

export async function localSubjectAccessReview(request: ResourceRequest): Promise<void> {
  const question = await readQuestion(request);
  const spec = (question.spec ?? {}) as Spec;
  if (spec.resourceAttributes?.namespace !== request.info.namespace) {
    throw badRequest("spec.resourceAttributes.namespace must match metadata.namespace");
  }
  await decide(request, question, subjectOf(spec));
}
