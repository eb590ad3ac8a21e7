/** Lists in pages, so that a big one neither blocks the server nor our event loop. */

import type { Kind, KubeObject, Live } from "../kind.ts";
import { kindPath } from "../kind.ts";
import { Pacer } from "../pacer.ts";
import { selectorText } from "../selector.ts";
import { isExpired } from "./api-error.ts";
import type { List, ListOptions } from "./options.ts";
import type { Requester } from "./requester.ts";

interface Page<T extends KubeObject> {
  readonly items: Live<T>[] | null;
  readonly metadata: { readonly resourceVersion?: string; readonly continue?: string };
}

/** Fetches every page. When the snapshot expires half-way the list starts anew without pages. */
export async function listAll<T extends KubeObject>(
  http: Requester,
  kind: Kind<T>,
  options: ListOptions,
): Promise<List<T>> {
  const { namespace, labelSelector, fieldSelector, pageSize = 500, resourceVersion, ...call } = options;
  const path = kindPath(kind, { namespace });
  const selection = { labelSelector: selectorText(labelSelector), fieldSelector };
  const pacer = new Pacer();
  const items: Live<T>[] = [];
  let from: string | undefined;
  for (;;) {
    const paging = from === undefined ? { resourceVersion } : { continue: from };
    const limit = pageSize === 0 ? undefined : pageSize;
    let page: Page<T>;
    try {
      page = await http.json<Page<T>>({ ...call, method: "GET", path, query: { ...selection, limit, ...paging } });
    } catch (error) {
      if (from !== undefined && isExpired(error)) return listAll(http, kind, { ...options, pageSize: 0 });
      throw error;
    }
    for (const item of page.items ?? []) items.push(named(kind, item));
    from = page.metadata.continue === "" ? undefined : page.metadata.continue;
    if (from === undefined) return { items, resourceVersion: page.metadata.resourceVersion ?? "" };
    await pacer.pause();
  }
}

/** Items of a list come without `apiVersion` and `kind`: they are put back, so that an object is whole wherever it came from. */
function named<T extends KubeObject>(kind: Kind<T>, item: Live<T>): Live<T> {
  if (item.kind !== undefined && item.apiVersion !== undefined) return item;
  return Object.assign(item, { apiVersion: kind.apiVersion, kind: kind.kind });
}
