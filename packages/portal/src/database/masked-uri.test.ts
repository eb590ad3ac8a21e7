import assert from "node:assert/strict";
import { it } from "node:test";
import { maskedUri } from "./masked-uri.ts";

it("shows nothing of the password, nor how long it is", () => {
  const masked = "postgresql://orders:••••••••@db.example.com:5432/orders?sslmode=require";
  for (const secret of ["", ":short", ":s3cret%2Fwith%2Bsigns%40and%3Amore"])
    assert.equal(maskedUri(`postgresql://orders${secret}@db.example.com:5432/orders?sslmode=require`), masked);
});
