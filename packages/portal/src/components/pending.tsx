/** What stands in the place of an answer that is not there yet: its outline, or what the server says that it waits for. */
import { Skeleton } from "@mantine/core";
import { ApiProblem } from "../api/problem.ts";
import { ProblemNote } from "./problem.tsx";

/** `reason` is why the last try failed, when one did. */
export function Pending({ reason, height }: { readonly reason: Error | null; readonly height: number }) {
  if (reason instanceof ApiProblem && reason.isWaiting) return <ProblemNote error={reason} />;
  return <Skeleton height={height} radius="lg" />;
}
