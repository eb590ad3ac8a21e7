/** Applies the custom resource definitions and the roles of operator and server; what is there already is brought up to date. */
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { applyIfChanged, Client, createLogger, type Kind, type KubeObject, kinds, refOf } from "@keelson/kube";
import { parseAllDocuments } from "yaml";

const deploy = resolve(import.meta.dirname, "../../../deploy");
const logger = createLogger({ name: "manifests" });
const { values } = parseArgs({ options: { kubeconfig: { type: "string" } } });
if (values.kubeconfig === undefined) throw new Error("--kubeconfig FILE is needed");

const client = await Client.load({ kubeconfig: values.kubeconfig });
try {
  for (const folder of ["crds", "roles"]) {
    for (const object of readManifests(join(deploy, folder))) {
      const kind = kindOf(object);
      const live = await client.get(kind, refOf(object));
      await applyIfChanged(client, kind, object, { live, fieldManager: "keelson-up" });
    }
  }
  logger.info("applied");
} catch (err) {
  logger.fatal({ err }, "custom resources and roles could not be applied");
  process.exitCode = 1;
} finally {
  await client.close();
}

/** All objects of the YAML files directly in a folder, in the order of the files' names. */
function readManifests(folder: string): KubeObject[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".yaml"))
    .sort()
    .flatMap((name) =>
      parseAllDocuments(readFileSync(join(folder, name), "utf8")).map(
        (document) => document.toJS() as KubeObject | null,
      ),
    )
    .filter((object) => object !== null);
}

function kindOf(object: KubeObject): Kind {
  const found = Object.values<Kind>(kinds).find(
    (kind) => kind.kind === object.kind && kind.apiVersion === object.apiVersion,
  );
  if (found === undefined)
    throw new Error(
      `deploy/ holds a ${object.apiVersion} ${object.kind}, which this program does not know how to apply`,
    );
  return found;
}
