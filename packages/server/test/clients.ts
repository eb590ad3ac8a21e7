/** A browser's and an event stream's side of the API, for tests. */
import type { DatabaseDetail, Session } from "../src/api/index.ts";
import type { Stage } from "../testing/index.ts";

interface Call {
  readonly body?: unknown;
  /** false sends none. Default: the session's own. */
  readonly csrf?: string | false;
  readonly headers?: Record<string, string>;
}

/** Keeps the cookie and the CSRF token as the portal does. */
export class Browser {
  readonly #url: string;
  #csrf = "";
  cookie = "";

  constructor(url: string) {
    this.#url = url;
  }

  static async signedIn(stage: Stage): Promise<Browser> {
    const browser = new Browser(stage.url);
    const response = await browser.signIn("admin", stage.password);
    if (response.status !== 201) throw new Error(`sign-in failed: ${response.status}`);
    return browser;
  }

  async signIn(username: string, password: string): Promise<Response> {
    const response = await this.call("POST", "/session", { body: { username, password } });
    if (response.status === 201) {
      this.cookie = (response.headers.get("set-cookie") ?? "").split(";", 1)[0] ?? "";
      this.#csrf = ((await response.clone().json()) as Session).csrfToken;
    }
    return response;
  }

  call(method: string, path: string, { body, csrf = this.#csrf, headers = {} }: Call = {}): Promise<Response> {
    return fetch(`${this.#url}/api/v1${path}`, {
      method,
      headers: {
        cookie: this.cookie,
        ...(csrf === false ? {} : { "x-csrf-token": csrf }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }
}

/** What the events tell, as far as tests look at it. */
export interface ChangeData {
  readonly name?: string;
  readonly deleted?: boolean;
  readonly view?: Partial<DatabaseDetail>;
}

export interface ServerEvent {
  readonly id: string;
  readonly event: string;
  readonly data: ChangeData;
}

/** Reads server-sent events. */
export class ServerEvents {
  readonly #stop = new AbortController();
  readonly #events: ServerEvent[] = [];
  #wake: () => void = () => undefined;
  readonly ended: Promise<void>;

  private constructor(body: ReadableStream<Uint8Array>) {
    this.ended = this.#read(body);
  }

  static async open(stage: Stage, lastEventId?: string, cookie?: string): Promise<ServerEvents> {
    const response = await fetch(`${stage.url}/api/v1/events/stream`, {
      headers: {
        ...(cookie === undefined ? { authorization: `Bearer ${stage.cliToken}` } : { cookie }),
        ...(lastEventId === undefined ? {} : { "last-event-id": lastEventId }),
      },
    });
    if (response.status !== 200 || response.body === null) throw new Error(`no stream: ${response.status}`);
    return new ServerEvents(response.body);
  }

  /** The next event of that name that `matches`; earlier ones are dropped. */
  async next(event: string, matches: (data: ChangeData) => boolean = () => true): Promise<ServerEvent> {
    const deadline = AbortSignal.timeout(10_000);
    for (;;) {
      for (let found = this.#events.shift(); found !== undefined; found = this.#events.shift()) {
        if (found.event === event && matches(found.data)) return found;
      }
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      this.#wake = resolve;
      deadline.addEventListener("abort", () => reject(new Error(`no event ${event} within 10 s`)), { once: true });
      await promise;
    }
  }

  close(): void {
    this.#stop.abort();
  }

  async #read(body: ReadableStream<Uint8Array>): Promise<void> {
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    this.#stop.signal.addEventListener("abort", () => void reader.cancel().catch(() => undefined));
    let rest = "";
    for (;;) {
      const { done, value } = await reader.read().catch(() => ({ done: true, value: undefined }));
      if (done) return;
      const frames = (rest + value).split("\n\n");
      rest = frames.pop() ?? "";
      for (const frame of frames) this.#take(frame);
    }
  }

  #take(frame: string): void {
    const fields = new Map(
      frame.split("\n").map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 2)]),
    );
    const [id, event, data] = [fields.get("id"), fields.get("event"), fields.get("data")];
    if (id === undefined || event === undefined || data === undefined) return;
    this.#events.push({ id, event, data: JSON.parse(data) as ChangeData });
    this.#wake();
  }
}
