/** What happens in a database: events, logs, and the stream of changes of all databases. */

import { DatabaseRef } from "../api/requests.ts";
import { ref } from "../api/schema.ts";
import { Type } from "../api/type.ts";
import { ActivityEvent } from "../api/views.ts";
import { existing } from "../fleet/existing.ts";
import { textOf } from "../fleet/fleet.ts";
import { ProblemError } from "../http/problem-error.ts";
import { requireRead } from "../http/require-fleet.ts";
import { rawHeaders } from "../http/security-headers.ts";
import { nameOf } from "../model/observed.ts";
import type { Parts } from "../parts.ts";
import { callerOf } from "./session.ts";
import { answers, flag, items, query, sends, type TypedApp } from "./typed.ts";

const tags = ["activity"];
const MAX_EVENTS = 300;
const MAX_LOG_BYTES = 2 * 1024 * 1024;

export function addActivityRoutes(app: TypedApp, parts: Parts): void {
  const { fleet, hub, sessions } = parts;

  app.get(
    "/databases/:namespace/:name/events",
    {
      schema: {
        tags,
        summary: "Kubernetes events of the database and its parts, newest first",
        params: DatabaseRef,
        response: answers(200, items(ref(ActivityEvent))),
      },
    },
    async (request) => {
      requireRead("events", fleet.unread("events"));
      existing(fleet, request.params);
      return { items: fleet.events(request.params).slice(0, MAX_EVENTS) };
    },
  );

  app.get(
    "/databases/:namespace/:name/logs",
    {
      schema: {
        tags,
        summary: "Log of one pod as text; with follow=true it goes on",
        params: DatabaseRef,
        querystring: query({
          instance: Type.Optional(
            Type.String({ maxLength: 253, description: "Instance or pod; the primary by default." }),
          ),
          container: Type.Optional(Type.String({ maxLength: 63 })),
          tail: Type.Optional(
            Type.String({ pattern: "^[0-9]{1,5}$", description: "Lines from the end; 200 by default." }),
          ),
          follow: flag("Keeps the answer open and sends lines as they come."),
        }),
        response: sends("text/plain", "Lines of the log."),
      },
    },
    async (request, reply) => {
      const { instance, container, tail = "200", follow } = request.query;
      const pod = podOf(parts, request.params, instance);
      const stop = new AbortController();
      const { session } = callerOf(request);
      const watch = session === undefined ? undefined : sessions.abortAtEnd(session.tokenHash, stop);
      reply.raw.on("close", () => {
        watch?.release();
        stop.abort();
      });
      const log = await parts.client.logs(
        { namespace: request.params.namespace, name: nameOf(pod) },
        {
          container: container ?? pod.spec?.containers[0]?.name ?? "database",
          tailLines: Number(tail),
          follow: follow === "true",
          signal: stop.signal,
          ...(follow === "true" ? {} : { limitBytes: MAX_LOG_BYTES }),
        },
      );
      reply.type("text/plain; charset=utf-8").header("x-accel-buffering", "no");
      return reply.send(log);
    },
  );

  app.get(
    "/events/stream",
    {
      schema: {
        tags,
        summary:
          "Server-sent events of every change: database, backup, restore, activity; 'reset' means read everything anew",
        headers: Type.Object({ "last-event-id": Type.Optional(Type.String({ maxLength: 100 })) }),
        response: sends("text/event-stream", "Events with id, event and data, which is JSON."),
      },
    },
    (request, reply) => {
      const { session } = callerOf(request);
      const lastEventId = request.headers["last-event-id"];
      hub.subscribe({
        response: reply.raw,
        caller: session?.tokenHash ?? "token",
        headers: rawHeaders,
        lastEventId,
        isAllowed: () => session === undefined || sessions.isLive(session.tokenHash),
      });
      reply.hijack();
    },
  );
}

/** The pod whose log is asked for: by its own or its instance's name, or the primary. */
function podOf({ fleet }: Parts, key: { namespace: string; name: string }, instance: string | undefined) {
  const { topology } = existing(fleet, key);
  const wanted = instance ?? topology.instances[0]?.name;
  const name = topology.instances.find((one) => one.name === wanted)?.pod ?? wanted;
  const pods = fleet.pods(key);
  const pod = pods.find((one) => nameOf(one) === name);
  if (pod !== undefined) return pod;
  throw new ProblemError(
    "NotFound",
    wanted === undefined ? `${textOf(key)} has no pods yet.` : `${textOf(key)} has no pod ${wanted}.`,
    {
      field: "query/instance",
      ...(wanted === undefined ? {} : { value: wanted }),
      remedy: pods.length === 0 ? "Wait until its pods are made." : `Use one of ${pods.map(nameOf).sort().join(", ")}.`,
    },
  );
}
