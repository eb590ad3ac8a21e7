/** "Whose token is this?" and "who am I?" */
import { isObject, stringAt, type User } from "../types.ts";
import type { ResourceRequest } from "../verbs/context.ts";
import { readQuestion, sendAnswer } from "./answer.ts";

function userInfo({ name, uid, groups, extra }: User): object {
  return { username: name, ...(uid !== undefined && { uid }), groups, ...(extra !== undefined && { extra }) };
}

export async function selfSubjectReview(request: ResourceRequest): Promise<void> {
  await sendAnswer(request, await readQuestion(request), { userInfo: userInfo(request.user) });
}

export async function tokenReview(request: ResourceRequest): Promise<void> {
  const question = await readQuestion(request);
  const token = stringAt(question.spec, "token") ?? "";
  const asked =
    isObject(question.spec) && Array.isArray(question.spec["audiences"]) ? question.spec["audiences"].map(String) : [];
  const { authenticator } = request.platform;
  const audiences = asked.length > 0 ? asked : authenticator.audiences;
  const found = await authenticator.tokenUser(token, audiences);
  if (found === undefined) {
    await sendAnswer(request, question, { user: {}, error: "invalid bearer token, token lookup failed" });
    return;
  }
  await sendAnswer(request, question, { authenticated: true, user: userInfo(found.user), audiences: found.audiences });
}
