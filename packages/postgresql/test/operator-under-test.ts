/** The engine's controllers in this process, with databases that are simulated and a life that can end after any write. */
import { Cache, type Client, type Credentials, EventRecorder, HttpTransport, silentLogger } from "@keelson/kube";
import { postgresqlControllers } from "../src/engine.ts";
import { catalogue } from "../src/testing/fixtures.ts";
import type { SimulatedDatabases } from "../src/testing/simulated-databases.ts";
import { MortalTransport } from "./mortal-transport.ts";

export interface OperatorUnderTest {
  readonly transport: MortalTransport;
  readonly client: Client;
  stop(): Promise<void>;
}

export async function startOperator(
  credentials: Credentials,
  databases: SimulatedDatabases,
): Promise<OperatorUnderTest> {
  const transport = new MortalTransport(new HttpTransport(credentials));
  const client = databases.client(transport, "keelson");
  const cache = new Cache({ client });
  const events = new EventRecorder({ client, component: "keelson-operator" });
  const controllers = postgresqlControllers({ client, cache, events, logger: silentLogger, catalogue });
  const stop = new AbortController();
  cache.start(stop.signal);
  await cache.synced(stop.signal);
  const running = Promise.all(controllers.map((controller) => controller.run(stop.signal)));
  return {
    transport,
    client,
    stop: async () => {
      stop.abort();
      await running.catch(() => undefined);
      await client.close();
    },
  };
}
