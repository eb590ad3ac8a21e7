/** Talks to the Patroni of this pod over its REST interface, with the instance's own certificate. */
import { readFileSync } from "node:fs";
import { Agent, request } from "node:https";

const CERTIFICATES = "/etc/patroni/~postgres-operator";

export interface Reply {
  readonly status: number;
  readonly body: string;
}

/** One keep-alive connection; made anew when the certificates have changed. */
let connection: Agent | undefined;

export function forgetCertificates(): void {
  connection?.destroy();
  connection = undefined;
}

function connect(): Agent {
  const combined = readFileSync(`${CERTIFICATES}/patroni.crt-combined`);
  connection ??= new Agent({
    keepAlive: true,
    maxSockets: 2,
    ca: readFileSync(`${CERTIFICATES}/patroni.ca-roots`),
    cert: combined,
    key: combined,
    servername: "localhost",
  });
  return connection;
}

/** Sends one request. Rejects when nobody answers within the time given. */
export function patroni(port: number, method: string, path: string, body?: string, timeoutMs = 5_000): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const call = request(
      {
        host: "localhost",
        port,
        method,
        path,
        agent: connect(),
        timeout: timeoutMs,
        headers:
          body === undefined ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(body) },
      },
      (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => {
          text += chunk;
        });
        response.on("end", () => resolve({ status: response.statusCode ?? 0, body: text }));
        response.on("error", reject);
      },
    );
    call.on("timeout", () =>
      call.destroy(new Error(`Patroni did not answer ${method} ${path} within ${timeoutMs} ms`)),
    );
    call.on("error", reject);
    call.end(body);
  });
}

/** Makes Patroni look at once instead of at its next turn: a configuration change that changes nothing. */
export async function wakePatroni(port: number): Promise<void> {
  await patroni(port, "PATCH", "/config", '{"keelson":null}');
}
