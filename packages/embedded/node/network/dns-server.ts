/** The cluster's name server, on every node: UDP and TCP on 10.96.0.10:53. */

import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { createServer, type Socket } from "node:net";
import type { EndpointSlice, Informer, Logger, Service } from "@keelson/kube";
import { type Answer, decode, encode, type Packet, RECURSION_DESIRED } from "dns-packet";
import { listen } from "../../machine/sockets.ts";
import { type DnsAnswer, type DnsSource, isClusterName, resolve } from "./dns-records.ts";

const TTL_SECONDS = 5;
/** What a client without EDNS takes by UDP. */
const PLAIN_UDP_BYTES = 512;
const LONGEST_UDP_BYTES = 4096;

/** Each asks once and is gone. */
const MOST_TCP_CLIENTS = 256;

const AUTHORITATIVE = 1 << 10;
const RECURSION_AVAILABLE = 1 << 7;
const TRUNCATED = 1 << 9;
const NXDOMAIN = 3;
const SERVFAIL = 2;

export interface DnsServerOptions {
  readonly address: string;
  readonly port: number;
  readonly source: DnsSource;
  readonly log: Logger;
  /** Asks elsewhere for a name that is not the cluster's; undefined when there is nobody to ask. */
  readonly upstream?: (query: Buffer) => Promise<Buffer>;
}

export interface DnsServer {
  close(): void;
}

export async function startDnsServer(options: DnsServerOptions): Promise<DnsServer> {
  const udp = createSocket("udp4");
  udp.on("error", (err) => options.log.warn({ err }, "dns socket failed"));
  udp.on("message", (query, peer) => {
    void answer(query, options).then((packet) => {
      if (packet !== undefined) udp.send(fitUdp(packet, query), peer.port, peer.address);
    });
  });
  const tcp = createServer((socket) => serveTcp(socket, options));
  tcp.maxConnections = MOST_TCP_CLIENTS;
  const { address: host, port, log } = options;
  await Promise.all([
    bindUdp(udp, options),
    listen(tcp, { host, port }, (err) => log.warn({ err }, "dns connection failed")),
  ]);
  return {
    close() {
      udp.close();
      tcp.close();
    },
  };
}

/** The answer to a query, or undefined for what is no query. Never throws. */
export async function answer(
  query: Buffer,
  options: Pick<DnsServerOptions, "source" | "upstream" | "log">,
): Promise<Buffer | undefined> {
  let request: Packet;
  try {
    request = decode(query);
  } catch {
    return undefined;
  }
  const question = request.questions?.[0];
  if (question === undefined || request.type !== "query") return undefined;
  const edns = (request.additionals ?? []).some(({ type }) => type === "OPT");
  const base = {
    type: "response" as const,
    ...(request.id === undefined ? {} : { id: request.id }),
    questions: [question],
  };
  const flags = ((request.flags ?? 0) & RECURSION_DESIRED) | RECURSION_AVAILABLE;
  if (!isClusterName(question.name)) return forward(query, base, flags, options);
  const { exists, answers, additionals } = resolve(question.name, question.type, options.source);
  return encode({
    ...base,
    flags: flags | AUTHORITATIVE | (exists ? 0 : NXDOMAIN),
    answers: answers.map(record),
    additionals: [...additionals.map(record), ...(edns ? [OPT] : [])],
  });
}

const OPT = {
  type: "OPT",
  name: ".",
  udpPayloadSize: LONGEST_UDP_BYTES,
  extendedRcode: 0,
  ednsVersion: 0,
  flags: 0,
  flag_do: false,
  options: [],
} as unknown as Answer;

function record(entry: DnsAnswer): Answer {
  return { ...entry, ttl: TTL_SECONDS, class: "IN" } as Answer;
}

async function forward(
  query: Buffer,
  base: Packet,
  flags: number,
  { upstream, log }: Pick<DnsServerOptions, "upstream" | "log">,
): Promise<Buffer> {
  try {
    if (upstream !== undefined) return await upstream(query);
    return encode({ ...base, flags: flags | NXDOMAIN });
  } catch (err) {
    log.debug({ err }, "name could not be asked for elsewhere");
    return encode({ ...base, flags: flags | SERVFAIL });
  }
}

/** Cuts the answer to what the client takes; it then asks again by TCP. */
function fitUdp(packet: Buffer, query: Buffer): Buffer {
  if (packet.length <= PLAIN_UDP_BYTES) return packet;
  const size = decode(query).additionals?.find(({ type }) => type === "OPT") as { udpPayloadSize?: number } | undefined;
  if (packet.length <= Math.max(PLAIN_UDP_BYTES, size?.udpPayloadSize ?? 0)) return packet;
  const { id, flags = 0, questions = [] } = decode(packet);
  return encode({ type: "response", ...(id === undefined ? {} : { id }), flags: flags | TRUNCATED, questions });
}

function serveTcp(socket: Socket, options: DnsServerOptions): void {
  let pending = Buffer.alloc(0);
  socket.setTimeout(10_000, () => socket.destroy());
  socket.on("error", () => socket.destroy());
  socket.on("data", (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk]);
    while (pending.length >= 2 && pending.length >= 2 + pending.readUInt16BE(0)) {
      const end = 2 + pending.readUInt16BE(0);
      const query = pending.subarray(2, end);
      pending = pending.subarray(end);
      void answer(query, options).then((packet) => {
        if (packet === undefined) return;
        const length = Buffer.alloc(2);
        length.writeUInt16BE(packet.length);
        socket.write(Buffer.concat([length, packet]));
      });
    }
  });
}

function bindUdp(socket: UdpSocket, { port, address }: DnsServerOptions): Promise<void> {
  return new Promise((done, reject) => {
    socket.once("error", reject);
    socket.bind(port, address, () => {
      socket.off("error", reject);
      done();
    });
  });
}

/** Answers from informers. */
export function informerDnsSource(informers: {
  services: Informer<Service>;
  slices: Informer<EndpointSlice>;
}): DnsSource {
  const { services, slices } = informers;
  services.addIndex(
    "address",
    ({ spec }) => spec?.clusterIPs ?? (spec?.clusterIP === undefined ? [] : [spec.clusterIP]),
  );
  slices.addIndex("service", ({ metadata }) => [
    `${metadata.namespace}/${metadata.labels?.["kubernetes.io/service-name"] ?? ""}`,
  ]);
  slices.addIndex("address", ({ endpoints }) => (endpoints ?? []).flatMap(({ addresses }) => addresses));
  return {
    service: (namespace, name) => services.get({ namespace, name }),
    slices: (namespace, service) => slices.byIndex("service", `${namespace}/${service}`),
    hasNamespace: (name) => services.list(name).length > 0,
    byAddress: (ip) => ({ services: services.byIndex("address", ip), slices: slices.byIndex("address", ip) }),
  };
}
