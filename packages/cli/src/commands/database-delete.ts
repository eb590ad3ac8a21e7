import { confirm } from "../ask.ts";
import { databasePath, localServer } from "../local-server.ts";

/** `keelson db delete NAME`. The server sees to it that what is promised here holds, whatever the finalizers say. */
export async function remove(
  name: string,
  options: { readonly data: string; readonly namespace: string; readonly yes?: boolean },
): Promise<void> {
  const server = await localServer(options.data);
  if (options.yes !== true)
    await confirm(`This deletes the database ${options.namespace}/${name}. Its volumes and backups are kept.`, name);
  await server.call("DELETE", databasePath(options.namespace, name));
  process.stderr.write(`${options.namespace}/${name} is being deleted; its volumes and backups are kept.\n`);
}
