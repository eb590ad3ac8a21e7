import { databaseCommand } from "../database-command.ts";
import { databasePath, localServer } from "../local-server.ts";

/** `keelson db switchover NAME`. */
export async function switchover(
  name: string,
  options: { readonly data: string; readonly namespace: string; readonly target?: string },
): Promise<void> {
  const server = await localServer(options.data);
  const body = options.target === undefined ? {} : { target: options.target };
  await server.call("POST", `${databasePath(options.namespace, name)}/switchover`, body);
  process.stderr.write(
    `the switchover of ${options.namespace}/${name} was asked for; '${databaseCommand("describe", name, options)}' shows how it goes.\n`,
  );
}
