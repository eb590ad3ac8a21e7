/**
 * undici's connection pool without the rest of undici (fetch, WebSocket, caches, mocks), which would cost every process 13 MB. The
 * package publishes its files; should they move, the whole of it does as well.
 */
import { createRequire } from "node:module";
import type * as undici from "undici";

type PoolClass = typeof undici.Pool;

function loadPool(): PoolClass {
  const load = createRequire(import.meta.url);
  try {
    const Pool = load("undici/lib/dispatcher/pool.js") as PoolClass;
    Pool.prototype.request = load("undici/lib/api/api-request.js") as PoolClass["prototype"]["request"];
    return Pool;
  } catch {
    return (load("undici") as typeof undici).Pool;
  }
}

export const Pool: PoolClass = loadPool();
export type Pool = undici.Pool;
