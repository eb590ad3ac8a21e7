/** Kinds that are asked and not stored. */

import { createBinding } from "../subresources/binding.ts";
import type { ResourceRequest } from "../verbs/context.ts";
import { localSubjectAccessReview, selfSubjectAccessReview, subjectAccessReview } from "./access-review.ts";
import { selfSubjectReview, tokenReview } from "./authentication-review.ts";
import { selfSubjectRulesReview } from "./rules-review.ts";

export const virtualHandlers: Readonly<Record<string, (request: ResourceRequest) => Promise<void>>> = {
  "/bindings": createBinding,
  "authentication.k8s.io/selfsubjectreviews": selfSubjectReview,
  "authentication.k8s.io/tokenreviews": tokenReview,
  "authorization.k8s.io/localsubjectaccessreviews": localSubjectAccessReview,
  "authorization.k8s.io/selfsubjectaccessreviews": selfSubjectAccessReview,
  "authorization.k8s.io/selfsubjectrulesreviews": selfSubjectRulesReview,
  "authorization.k8s.io/subjectaccessreviews": subjectAccessReview,
};
