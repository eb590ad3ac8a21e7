/** A transport through which an operator dies, for one namespace, after a number of writes there: nothing of it gets through any more. */
import { ConnectionError, type Transport, type TransportRequest, type TransportResponse } from "@keelson/kube";

/** Events are told to people; no state is in them. */
const isWrite = ({ method, path }: TransportRequest): boolean => method !== "GET" && !path.includes("/events");
const namespaceOf = (path: string): string | undefined => /\/namespaces\/([^/]+)\//.exec(path)?.[1];

export class MortalTransport implements Transport {
  readonly #inner: Transport;
  /** Writes left, by namespace; without an entry: no limit. */
  readonly #left = new Map<string, number>();
  readonly #written = new Map<string, number>();

  constructor(inner: Transport) {
    this.#inner = inner;
  }

  get server(): string {
    return this.#inner.server;
  }

  dieAfter(namespace: string, writes: number): void {
    this.#left.set(namespace, writes);
    this.#written.set(namespace, 0);
  }

  isDead(namespace: string): boolean {
    return this.#left.get(namespace) === 0;
  }

  /** Writes that got through since `dieAfter`. */
  written(namespace: string): number {
    return this.#written.get(namespace) ?? 0;
  }

  async request(request: TransportRequest): Promise<TransportResponse> {
    const namespace = namespaceOf(request.path);
    if (namespace === undefined || !isWrite(request)) return await this.#inner.request(request);
    const left = this.#left.get(namespace);
    if (left === 0) throw new ConnectionError("dead", { code: "DEAD", unsent: true });
    if (left !== undefined) this.#left.set(namespace, left - 1);
    this.#written.set(namespace, this.written(namespace) + 1);
    return await this.#inner.request(request);
  }

  webSocket(...args: Parameters<Transport["webSocket"]>): ReturnType<Transport["webSocket"]> {
    return this.#inner.webSocket(...args);
  }

  close(): Promise<void> {
    return this.#inner.close();
  }
}
