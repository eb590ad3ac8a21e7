/** Says how a cluster is: the status, and events for what was not said before. */
import { isSameJson } from "@keelson/engine";
import { perconaPGClusters } from "@keelson/resources";
import { problemText } from "../reasons.ts";
import type { Ports } from "../runtime/execute.ts";
import { writeStatus } from "../runtime/write-status.ts";
import { WARNINGS } from "./conditions.ts";
import { type StatusInput, statusOf } from "./status.ts";

/** Writes the status when it says something new, and tells problems as events. */
export async function report(input: StatusInput, { client, events, log }: Ports, signal: AbortSignal): Promise<void> {
  const { cr } = input.view;
  const status = statusOf(input);
  if (isSameJson(status, cr.status)) return;
  if (status.state !== cr.status?.state)
    log.info({ from: cr.status?.state ?? "", to: status.state }, "cluster state changed");
  for (const { reason, message } of newWarnings(input, status)) events.record(cr, { type: "Warning", reason, message });
  await writeStatus(perconaPGClusters, cr, status, { client, signal });
}

/** What was not said before: problems of the specification, one by one, and conditions that are warnings. */
function newWarnings(
  { problems, view }: StatusInput,
  { conditions = [] }: ReturnType<typeof statusOf>,
): { readonly reason: string; readonly message: string }[] {
  const before = view.cr.status?.conditions ?? [];
  const accepted = before.find((c) => c.type === "SpecAccepted");
  const said = accepted?.status === "False" ? (accepted.message ?? "") : "";
  const refused = problems
    .filter((each) => !said.includes(problemText(each)))
    .map((each) => ({ reason: each.reason, message: problemText(each) }));
  const warnings = conditions
    .filter(({ type, message }) => WARNINGS.has(type) && (message ?? "") !== "")
    .filter(({ type, message }) => before.find((c) => c.type === type)?.message !== message)
    .map(({ type, message = "" }) => ({ reason: type === "TLSSecretsReady" ? "TLSSecretsMissing" : type, message }));
  return [...refused, ...warnings];
}
