import assert from "node:assert/strict";
import { test } from "node:test";
import { nextPath } from "./next-path.ts";

test("after signing in, only this site's own paths are gone to", () => {
  for (const path of ["/", "/databases/shop/orders?tab=backups", "/create"]) assert.equal(nextPath(path), path);
  for (const elsewhere of [
    "//evil.example",
    "/\\evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "https://evil.example",
  ]) {
    assert.equal(nextPath(elsewhere), undefined, JSON.stringify(elsewhere));
  }
  for (const strange of ["", "databases", " /databases", undefined, 7, ["/create"]])
    assert.equal(nextPath(strange), undefined);
});
