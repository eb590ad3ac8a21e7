/** Answers the kubelet's probes from Patroni's own answers. */
import { existsSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { LAG_FILE, SLEEP_FILE } from "./environment.ts";
import { errorText } from "./log.ts";
import { patroni } from "./patroni-rest.ts";

const PORT = 8009;

async function answer(path: string, patroniPort: number): Promise<{ status: number; text: string }> {
  if (path === "/liveness" && existsSync(SLEEP_FILE)) return { status: 200, text: "asleep by request" };
  if (path === "/readiness" && existsSync(LAG_FILE)) return { status: 503, text: "behind its source" };
  if (path !== "/liveness" && path !== "/readiness") return { status: 404, text: "unknown path" };
  try {
    const { status } = await patroni(patroniPort, "GET", path, undefined, 1_500);
    return { status, text: `Patroni answers ${status}` };
  } catch (error) {
    return { status: 503, text: errorText(error) };
  }
}

export function serveProbes(patroniPort: number): Server {
  const server = createServer((request, response) => {
    void answer(request.url ?? "/", patroniPort).then(({ status, text }) => {
      response.writeHead(status, { "content-type": "text/plain" }).end(`${text}\n`);
    });
  });
  return server.listen(PORT, "0.0.0.0");
}
