/** Events are kept for an hour after they were last written; then they go, a few at a time. */
import type { Platform } from "../platform.ts";
import { type KubeObject, stringAt } from "../types.ts";

const keepMs = 60 * 60_000;
const sweepEveryMs = 60_000;
const maxPerTurn = 200;

/** When an event happened last. */
function lastTime(event: KubeObject): number {
  const times = [
    stringAt(event["series"], "lastObservedTime"),
    stringAt(event, "lastTimestamp"),
    stringAt(event, "eventTime"),
    event.metadata.creationTimestamp ?? undefined,
  ];
  return Math.max(0, ...times.map((time) => (time === undefined ? 0 : Date.parse(time) || 0)));
}

/** Removes old events. Returns how many there were. */
export async function expireEvents({ store, now }: Platform): Promise<number> {
  const before = now().getTime() - keepMs;
  const old = store
    .collection("events")
    .list()
    .filter((stored) => lastTime(stored.object) < before);
  for (let i = 0; i < old.length; i += maxPerTurn) {
    const batch = old.slice(i, i + maxPerTurn).filter((stored) => store.latest("events", stored.key) !== undefined);
    await Promise.all(batch.map((stored) => store.remove("events", stored.key)));
  }
  return old.length;
}

/** Sweeps every minute until the server stops. */
export function startEventExpiry(platform: Platform): void {
  const timer = setInterval(() => {
    expireEvents(platform).catch((error: unknown) => platform.log.error({ err: error }, "could not remove old events"));
  }, sweepEveryMs);
  timer.unref();
  platform.stopping.addEventListener("abort", () => clearInterval(timer));
}
