/** The options that only watches have, and which of them go together. */
import { invalid } from "../errors.ts";
import { isTrue } from "../http/request-info.ts";
import type { FieldError } from "../schema/index.ts";

export function checkWatchOptions(query: URLSearchParams): void {
  const problems = [...problemsOf(query)];
  if (problems.length > 0) throw invalid({ group: "meta.k8s.io", kind: "ListOptions" }, "", problems);
}

function* problemsOf(query: URLSearchParams): Generator<FieldError> {
  const match = query.get("resourceVersionMatch") ?? "";
  const initial = query.get("sendInitialEvents");
  const forbidden = (field: string, detail: string): FieldError => ({ type: "FieldValueForbidden", field, detail });
  if (initial === null) {
    if (match !== "")
      yield forbidden(
        "resourceVersionMatch",
        "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided",
      );
    return;
  }
  if (match !== "NotOlderThan") {
    const detail = "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan";
    yield match === ""
      ? forbidden("resourceVersionMatch", detail)
      : {
          type: "FieldValueNotSupported",
          field: "resourceVersionMatch",
          badValue: match,
          detail: 'supported values: "NotOlderThan"',
        };
  }
  if (isTrue(initial) && !isTrue(query.get("allowWatchBookmarks"))) return;
}
