import { clusterReport, layoutOf } from "@keelson/embedded/cluster";
import { dataOption } from "./data-option.ts";
import { Failure } from "./failure.ts";
import { ServerClient } from "./server-client.ts";

/** The API of the platform that runs on this machine with its state in `data`. */
export async function localServer(data: string): Promise<ServerClient> {
  const layout = layoutOf(data);
  const report = await clusterReport(layout.controlSocket);
  if (report === undefined)
    throw new Failure(`nothing runs with its data in ${layout.data}: start it with './keelson up${dataOption(data)}'.`);
  return ServerClient.local(layout, report.settings.portalPort);
}

/** The path of one database in the API. */
export function databasePath(namespace: string, name: string): string {
  return `/databases/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}`;
}
