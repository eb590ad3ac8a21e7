/** What the commands find on a machine where Keelson runs: a supervisor's socket (simulated) and a server over a real API server, without an operator. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { layoutOf } from "@keelson/embedded/cluster";
import { type Stage, startStage } from "@keelson/server/testing";

export interface SimulatedPlatform {
  readonly stage: Stage;
  /** The data directory that the commands are told of. */
  readonly data: string;
  stop(): Promise<void>;
}

/** Starts it; needs root, since the supervisor's socket is below /run. */
export async function startSimulatedPlatform(): Promise<SimulatedPlatform> {
  const stage = await startStage();
  const data = mkdtempSync(join(tmpdir(), "keelson-cli-"));
  const layout = layoutOf(data);
  symlinkSync(stage.directory, layout.server);
  mkdirSync(dirname(layout.controlSocket), { recursive: true });
  const report = { pid: process.pid, data, settings: { portalPort: Number(new URL(stage.url).port) }, processes: [] };
  const supervisor = createServer((_request, response) => response.end(JSON.stringify(report)));
  await new Promise<void>((resolve) => supervisor.listen(layout.controlSocket, resolve));
  return {
    stage,
    data,
    stop: async () => {
      supervisor.closeAllConnections();
      supervisor.close();
      await stage.stop();
      rmSync(layout.run, { recursive: true, force: true });
      rmSync(data, { recursive: true, force: true });
    },
  };
}
