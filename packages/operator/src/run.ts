/** Joins client, informers, leader election and controllers, and runs them until the signal ends. */
import { Cache, Client, EventRecorder, healthServer, LeaderElection, type Logger } from "@keelson/kube";
import { postgresqlControllers } from "@keelson/postgresql";
import type { Settings } from "./settings.ts";

const LEASE = "keelson-operator";

export async function runOperator(settings: Settings, logger: Logger, signal: AbortSignal): Promise<void> {
  const client = await Client.load({
    ...(settings.kubeconfig === undefined ? {} : { kubeconfig: settings.kubeconfig }),
    fieldManager: "keelson",
  });
  const cache = new Cache({ client, namespace: settings.namespace, logger });
  const events = new EventRecorder({ client, component: "keelson-operator", logger });
  const controllers = postgresqlControllers({ client, cache, events, logger, catalogue: settings.catalogue });
  const checks = { live: {}, ready: { informers: () => cache.problems() } };
  const metrics = await healthServer({ ...settings.metrics, ...(settings.health === undefined ? checks : {}) });
  const health = settings.health === undefined ? undefined : await healthServer({ ...settings.health, ...checks });

  // Informers run on every replica, so that a new leader begins with a full picture.
  cache.start(signal);
  await cache.synced(signal);
  logger.info(
    { metrics: metrics.url, health: (health ?? metrics).url, rssMiB: Math.round(process.memoryUsage.rss() / 2 ** 20) },
    "ready",
  );
  const lead = async (leading: AbortSignal): Promise<void> => {
    await Promise.all(controllers.map((controller) => controller.run(leading)));
  };
  try {
    if (settings.leaderElection) {
      // Takes over after a dead leader within seconds; a leader that stops in order lets the next one in at once.
      const election = new LeaderElection({
        client,
        namespace: settings.leaseNamespace,
        name: LEASE,
        logger,
        leaseDurationMs: 8_000,
        renewDeadlineMs: 6_500,
        retryPeriodMs: 500,
        renewPeriodMs: 2_000,
      });
      // A queue that is closed stays closed: who loses the lead ends, and is started anew as a process.
      const lost = new AbortController();
      await election.run(AbortSignal.any([signal, lost.signal]), async (leading) => {
        await lead(leading);
        lost.abort(new Error("leadership lost"));
      });
      if (!signal.aborted) throw new Error("leadership lost");
    } else await lead(signal);
  } finally {
    await events.flush().catch(() => undefined);
    await Promise.all([metrics.close(), health?.close()]);
    await client.close();
  }
}
