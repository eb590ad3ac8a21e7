/** Puts the parts of an API server together and makes it listen. */
import { once } from "node:events";
import { chmodSync, rmSync } from "node:fs";
import type { Server } from "node:https";
import { join } from "node:path";
import { pino } from "pino";
import { Admission } from "./admission/admission.ts";
import { admissionSteps } from "./admission/steps.ts";
import { followAggregatedRoles } from "./auth/aggregation.ts";
import { Authenticator } from "./auth/authenticate.ts";
import { Authorizer } from "./auth/rbac.ts";
import { ServiceAccountTokens } from "./auth/tokens.ts";
import { ensureBootstrapObjects } from "./bootstrap/objects.ts";
import { followCrds } from "./crd/controller.ts";
import { createDispatch } from "./http/dispatch.ts";
import { createListener } from "./http/server.ts";
import type { ApiServer, ApiServerOptions } from "./options.ts";
import type { Platform } from "./platform.ts";
import { Registry } from "./registry/registry.ts";
import { AddressRange } from "./services/address-range.ts";
import { startEventExpiry } from "./storage/event-expiry.ts";
import { Store } from "./storage/store.ts";
import { ContinueTokens } from "./verbs/continue-tokens.ts";

const defaultIssuer = "https://kubernetes.default.svc.cluster.local";
const defaultServiceCidr = "10.96.0.0/16";
const endGraceMs = 3_000;

export async function startApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const stopping = new AbortController();
  const platform = await createPlatform(options, stopping.signal);
  const { store } = platform;
  const { advertise } = options;
  const dispatch = createDispatch(
    platform,
    advertise === undefined ? "localhost" : `${advertise.address}:${advertise.port}`,
  );
  const tls = { key: options.tls.key, cert: options.tls.cert, ca: options.tls.clientCa };
  const servers: Server[] = [];
  try {
    if (options.socket !== undefined) {
      const server = createListener(platform, tls, dispatch);
      rmSync(options.socket, { force: true });
      await listening(server, () => server.listen(options.socket));
      chmodSync(options.socket, 0o600);
      servers.push(server);
    }
    let url: string | undefined;
    if (options.listen !== undefined) {
      const { host, port } = options.listen;
      const server = createListener(platform, tls, dispatch);
      await listening(server, () => server.listen({ host, port }));
      servers.push(server);
      const address = server.address();
      url = `https://${host}:${typeof address === "object" && address !== null ? address.port : port}`;
    }
    return { url, stop: () => stop(servers, stopping, store) };
  } catch (error) {
    await stop(servers, stopping, store);
    throw error;
  }
}

/** The parts of an API server, with what is in every cluster from the start. They go on until `stopping`. */
export async function createPlatform(
  options: Omit<ApiServerOptions, "listen" | "socket">,
  stopping: AbortSignal,
): Promise<Platform> {
  const now = options.now ?? (() => new Date());
  const log = options.log ?? pino({ level: "silent" });
  const { serviceAccountKeys: keys } = options;
  const tokens = await ServiceAccountTokens.load(defaultIssuer, keys.privateKey, keys.publicKey);
  const { dataDirectory } = options;
  const store = new Store(dataDirectory === undefined ? undefined : join(dataDirectory, "state.db"), (err, change) =>
    log.error({ err, change }, "a follower of changes failed"),
  );
  const serviceRange = new AddressRange(options.serviceCidr ?? defaultServiceCidr);
  const platform: Platform = {
    store,
    registry: new Registry(),
    admission: new Admission(admissionSteps(serviceRange)),
    authenticator: new Authenticator({ tokens, audiences: [defaultIssuer], store, now }),
    authorizer: new Authorizer(store),
    runDirectory: options.runDirectory,
    kubeletTls: { key: options.tls.key, cert: options.tls.cert },
    continueTokens: new ContinueTokens(),
    log,
    now,
    stopping,
  };
  followCrds(platform);
  await ensureBootstrapObjects(platform, serviceRange, options.advertise);
  await followAggregatedRoles(store);
  startEventExpiry(platform);
  return platform;
}

async function listening(server: Server, listen: () => void): Promise<void> {
  const ready = once(server, "listening");
  listen();
  await ready;
}

async function stop(servers: readonly Server[], stopping: AbortController, store: Store): Promise<void> {
  stopping.abort();
  const closed = servers.map(
    (server) =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
      }),
  );
  const hurry = setTimeout(() => {
    for (const server of servers) server.closeAllConnections();
  }, endGraceMs);
  await Promise.all(closed);
  clearTimeout(hurry);
  store.close();
}
