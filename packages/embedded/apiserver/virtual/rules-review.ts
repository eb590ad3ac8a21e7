/** "What may I do here?" */
import type { PolicyRule } from "kubernetes-types/rbac/v1.js";
import { stringAt } from "../types.ts";
import type { ResourceRequest } from "../verbs/context.ts";
import { readQuestion, sendAnswer } from "./answer.ts";

const everything: readonly PolicyRule[] = [
  { apiGroups: ["*"], resources: ["*"], verbs: ["*"] },
  { nonResourceURLs: ["*"], verbs: ["*"] },
];

export async function selfSubjectRulesReview(request: ResourceRequest): Promise<void> {
  const { user, platform } = request;
  const question = await readQuestion(request);
  const namespace = stringAt(question.spec, "namespace") ?? "";
  const own = platform.authorizer.rulesFor(user, namespace);
  const rules = user.groups.includes("system:masters") ? [...everything, ...own] : own;
  await sendAnswer(request, question, {
    resourceRules: rules
      .filter((r) => (r.resources ?? []).length > 0)
      .map(({ verbs, apiGroups, resources, resourceNames }) => ({
        verbs,
        apiGroups: apiGroups ?? [],
        resources,
        ...(resourceNames !== undefined && { resourceNames }),
      })),
    nonResourceRules: rules
      .filter((r) => (r.nonResourceURLs ?? []).length > 0)
      .map(({ verbs, nonResourceURLs }) => ({ verbs, nonResourceURLs })),
    incomplete: false,
  });
}
