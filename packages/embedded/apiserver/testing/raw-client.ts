/** Bare HTTPS requests with an administrator's certificate: tests of what goes over the wire. */
import { readFileSync } from "node:fs";
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { Agent, type RequestOptions, request } from "node:https";
import { createInterface } from "node:readline";

export interface Answer {
  readonly code: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The body as JSON. */
  readonly json: Body;
}

/** As much of the bodies as the tests look at. */
export interface Body {
  readonly kind?: string;
  readonly apiVersion?: string;
  readonly type?: string;
  readonly code?: number;
  readonly reason?: string;
  readonly message?: string;
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly continue?: string;
    readonly remainingItemCount?: number;
    readonly annotations?: Record<string, string>;
    readonly deletionTimestamp?: string;
    readonly deletionGracePeriodSeconds?: number;
  };
  readonly items: Body[];
  readonly object: Body;
  readonly data?: Record<string, string>;
  readonly subsets?: unknown[];
  readonly status?: unknown;
}

function readKubeconfig(path: string): RequestOptions {
  const text = readFileSync(path, "utf8");
  const field = (name: string): string => new RegExp(`${name}: ["']?([^"'\\s]+)`).exec(text)?.[1] ?? "";
  const data = (name: string): Buffer => Buffer.from(field(name), "base64");
  const server = new URL(field("server"));
  return {
    host: server.hostname,
    port: server.port,
    ca: data("certificate-authority-data"),
    cert: data("client-certificate-data"),
    key: data("client-key-data"),
  };
}

export class RawClient {
  readonly #options: RequestOptions;
  readonly #agent = new Agent({ keepAlive: true });

  constructor(kubeconfig: string) {
    this.#options = readKubeconfig(kubeconfig);
  }

  close(): void {
    this.#agent.destroy();
  }

  /** One request; `body` is sent as JSON. No Content-Type unless it is among the headers. */
  send(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const bytes = body === undefined ? undefined : Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
    const length = bytes === undefined ? {} : { "Content-Length": String(bytes.length) };
    return new Promise((resolve, reject) => {
      const options = { ...this.#options, agent: this.#agent, method, path, headers: { ...headers, ...length } };
      const outgoing = request(options, (answer) => {
        const chunks: Buffer[] = [];
        answer.on("data", (chunk: Buffer) => chunks.push(chunk));
        answer.on("error", reject);
        answer.on("end", () => {
          const text = Buffer.concat(chunks).toString("utf8");
          const json = text.startsWith("{") ? JSON.parse(text) : undefined;
          resolve({ code: answer.statusCode ?? 0, headers: answer.headers, text, json });
        });
      });
      outgoing.on("error", reject);
      outgoing.end(bytes);
    });
  }

  /** Opens a watch. `next` gives one event after another. */
  async watch(path: string): Promise<Watch> {
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const outgoing = request({ ...this.#options, agent: false, path }, resolve);
      outgoing.on("error", reject);
      outgoing.end();
    });
    return new Watch(answer);
  }
}

export class Watch {
  readonly headers: IncomingHttpHeaders;
  readonly code: number;
  readonly #answer: IncomingMessage;
  /** Made at the first read: a watch that nobody reads stays unread. */
  #lines: AsyncIterator<string> | undefined;

  constructor(answer: IncomingMessage) {
    this.headers = answer.headers;
    this.code = answer.statusCode ?? 0;
    this.#answer = answer;
    answer.on("error", () => {});
  }

  /** The next event; undefined when the stream has ended. */
  async next(): Promise<Body | undefined> {
    this.#lines ??= createInterface({ input: this.#answer, crlfDelay: Number.POSITIVE_INFINITY })[
      Symbol.asyncIterator
    ]();
    const line = await this.#lines.next();
    return line.done === true ? undefined : (JSON.parse(line.value) as Body);
  }

  async take(count: number): Promise<Body[]> {
    const events: Body[] = [];
    while (events.length < count) {
      const event = await this.next();
      if (event === undefined) break;
      events.push(event);
    }
    return events;
  }

  close(): void {
    this.#answer.destroy();
  }
}
