/** Events through the API server, by the recorder of @keelson/kube. */
import { type Client, EventRecorder, type Logger } from "@keelson/kube";
import type { EventSink } from "./execute.ts";

/** One recorder per component, made when first used. */
export function eventSink(client: Client, logger: Logger): EventSink {
  const recorders = new Map<string, EventRecorder>();
  const named = (component: string): EventSink => ({
    as: named,
    emit: ({ regarding, ...event }) => {
      const recorder = recorders.get(component) ?? new EventRecorder({ client, component, logger });
      recorders.set(component, recorder);
      const { apiVersion = "v1", kind = "", name = "", namespace, uid = "", resourceVersion = "" } = regarding;
      const metadata = {
        name,
        uid,
        resourceVersion,
        creationTimestamp: "",
        ...(namespace === undefined ? {} : { namespace }),
      };
      recorder.record({ apiVersion, kind, metadata }, event);
    },
  });
  return named("keelson-controllers");
}
