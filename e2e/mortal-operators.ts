/** Operators that die before their writes, one after the other, in this process: what a SIGKILL before each write would leave behind. */
import {
  Cache,
  Client,
  ConnectionError,
  type Credentials,
  EventRecorder,
  type ExecResult,
  HttpTransport,
  loadCredentials,
  silentLogger,
  type Transport,
  type TransportRequest,
  type TransportResponse,
} from "@keelson/kube";
import { postgresqlControllers } from "@keelson/postgresql";
import { catalogueFrom } from "../packages/operator/src/settings.ts";

/** Deaths in one place in one step; what is written there more often is let through from then on. */
const MOST_DEATHS = 12;

/** What the operators of one step did. */
export interface Deaths {
  /** How often an operator died. */
  readonly deaths: number;
  /** Writes and commands that got through, those among them that had to be done again after a death. */
  readonly writes: number;
  /** Places where something got through without a death before it, because there had been so many. */
  readonly spared: readonly string[];
}

/** A request that changes something: where (method and path, or pod and command), and to what. */
interface Write {
  readonly place: string;
  readonly content: string;
}

/** Who dies before what. Passwords and times differ from try to try, so the place alone tells that the write has met its death. */
class Fate {
  /** Places of writes that have met their death, and are let through next. */
  readonly #met = new Set<string>();
  /** What got through in this step: doing the same again is no other write. */
  readonly #through = new Set<string>();
  readonly #deaths = new Map<string, number>();
  readonly #spared = new Set<string>();
  #writes = 0;
  /** Places of deaths, the newest last. */
  readonly history: string[] = [];

  /** True when the operator that attempts it dies; the next one that attempts it gets it through. */
  strikes({ place, content }: Write): boolean {
    const same = `${place}\n${content}`;
    const deaths = this.#deaths.get(place) ?? 0;
    const met = this.#met.delete(place);
    if (!met && !this.#through.has(same)) {
      if (deaths < MOST_DEATHS) {
        this.#met.add(place);
        this.#deaths.set(place, deaths + 1);
        this.history.push(place);
        return true;
      }
      this.#spared.add(place);
    }
    this.#through.add(same);
    this.#writes++;
    return false;
  }

  /** What happened since the last report. Another step begins. */
  report(): Deaths {
    const deaths = [...this.#deaths.values()].reduce((sum, each) => sum + each, 0);
    const report = { deaths, writes: this.#writes, spared: [...this.#spared] };
    for (const each of [this.#through, this.#deaths, this.#spared]) each.clear();
    this.#writes = 0;
    return report;
  }
}

/** A request that changes something; Events are told to people, no state is in them. */
function writeOf({ method, path, body }: TransportRequest): Write | undefined {
  if (method === "GET" || path.includes("/events")) return undefined;
  const content = String(body ?? "");
  if (method !== "POST") return { place: `${method} ${path}`, content };
  // The name of what is to be made is not in the path.
  const { metadata } = JSON.parse(content) as { metadata?: { name?: string } };
  return { place: `${method} ${path}/${metadata?.name}`, content };
}

/** Lets requests through until the operator dies, and none from then on. */
class LifeLine implements Transport {
  readonly #inner: Transport;
  readonly #fate: Fate;
  readonly #die: () => void;
  /** Writes that were sent and not answered yet. */
  readonly #underWay = new Set<Promise<unknown>>();
  #dead = false;

  constructor(inner: Transport, fate: Fate, die: () => void) {
    this.#inner = inner;
    this.#fate = fate;
    this.#die = die;
  }

  get server(): string {
    return this.#inner.server;
  }

  async request(request: TransportRequest): Promise<TransportResponse> {
    const write = writeOf(request);
    this.live(write);
    const answer = this.#inner.request(request);
    if (write !== undefined) {
      this.#underWay.add(answer);
      void answer.catch(() => undefined).then(() => this.#underWay.delete(answer));
    }
    return await answer;
  }

  async webSocket(...args: Parameters<Transport["webSocket"]>): ReturnType<Transport["webSocket"]> {
    this.live(undefined);
    return await this.#inner.webSocket(...args);
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  /** Throws when this is the operator's end, or it has ended before. */
  live(write: Write | undefined): void {
    if (!this.#dead && write !== undefined && this.#fate.strikes(write)) {
      this.#dead = true;
      // Requests that were sent before have reached the server. Commands are cut off.
      void Promise.allSettled(this.#underWay).then(() => this.#die());
    }
    if (this.#dead) throw new ConnectionError("the operator is dead", { code: "CLOSED", unsent: true });
  }
}

/** What a command in a pod does cannot be seen from outside, so each counts as a write. */
class MortalClient extends Client {
  readonly #line: LifeLine;

  constructor(line: LifeLine) {
    super(line, { fieldManager: "keelson" });
    this.#line = line;
  }

  override async exec(input: Parameters<Client["exec"]>[0]): Promise<ExecResult> {
    const { pod, command, stdin } = input;
    this.#line.live({ place: `EXEC ${pod} ${command.join(" ")}`, content: String(stdin ?? "") });
    return await super.exec(input);
  }
}

export class MortalOperators {
  readonly #credentials: Credentials;
  readonly #fate = new Fate();
  readonly #stop = new AbortController();
  readonly #ends: Promise<unknown>[] = [];
  #reign: Promise<void> = Promise.resolve();

  private constructor(credentials: Credentials) {
    this.#credentials = credentials;
  }

  /** Starts the first one; whenever one dies, the next one begins at once, until `stop`. */
  static async start(kubeconfig: string): Promise<MortalOperators> {
    const operators = new MortalOperators(await loadCredentials({ kubeconfig }));
    operators.#reign = operators.#succeed();
    // `stop` tells it.
    operators.#reign.catch(() => undefined);
    return operators;
  }

  /** What happened since the last report. Another step begins. */
  report(): Deaths {
    return this.#fate.report();
  }

  /** What the newest operators died before, for who wants to know why it does not go on. */
  last(): readonly string[] {
    return this.#fate.history.slice(-30);
  }

  /** Ends the one that lives. Throws when one of them ended by an error of its own. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#reign;
    await Promise.all(this.#ends);
  }

  async #succeed(): Promise<void> {
    while (!this.#stop.signal.aborted) await this.#life();
  }

  /** One operator, put together as `packages/operator` does it, without an election. Nobody waits for what it does after its death. */
  async #life(): Promise<void> {
    const death = new AbortController();
    const signal = AbortSignal.any([this.#stop.signal, death.signal]);
    const line = new LifeLine(new HttpTransport(this.#credentials), this.#fate, () => death.abort());
    const client = new MortalClient(line);
    const cache = new Cache({ client });
    const events = new EventRecorder({ client, component: "keelson-operator" });
    const catalogue = catalogueFrom({});
    const controllers = postgresqlControllers({ client, cache, events, logger: silentLogger, catalogue });
    const died = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
    const run = async (): Promise<void> => {
      cache.start(signal);
      await cache.synced(signal);
      await Promise.all(controllers.map((controller) => controller.run(signal)));
    };
    const work = run().catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
    try {
      await Promise.race([died, work]);
    } finally {
      death.abort();
      this.#ends.push(
        client.close(),
        // What it ended by is thrown above.
        work.catch(() => {}),
      );
    }
  }
}
