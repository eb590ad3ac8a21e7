/** Backups, restores and switchovers of a database. */

import { createBackup } from "../actions/backup.ts";
import { createRestore } from "../actions/restore.ts";
import { switchover } from "../actions/switchover.ts";
import { CreateBackup, CreateRestore, DatabaseRef, Switchover } from "../api/requests.ts";
import { ref } from "../api/schema.ts";
import { Type } from "../api/type.ts";
import { Backup, DatabaseDetail, Restore, Window } from "../api/views.ts";
import { existing } from "../fleet/existing.ts";
import { type DatabaseKey, textOf } from "../fleet/fleet.ts";
import { nameSuffix } from "../http/idempotency.ts";
import { ProblemError } from "../http/problem-error.ts";
import type { Parts } from "../parts.ts";
import { answers, IdempotencyHeader, items, type TypedApp } from "./typed.ts";

const tags = ["recovery"];

export function addRecoveryRoutes(app: TypedApp, parts: Parts): void {
  const { fleet } = parts;

  app.get(
    "/databases/:namespace/:name/backups",
    {
      schema: {
        tags,
        summary: "Backups, newest first, and the window that can be restored",
        params: DatabaseRef,
        response: answers(200, Type.Object({ items: Type.Array(ref(Backup)), window: Type.Optional(ref(Window)) })),
      },
    },
    async (request) => {
      const { window } = existing(fleet, request.params).backups;
      return { items: fleet.backups(request.params), ...(window === undefined ? {} : { window }) };
    },
  );

  app.post(
    "/databases/:namespace/:name/backups",
    {
      config: { idempotent: true },
      schema: {
        tags,
        summary: "Back up now",
        params: DatabaseRef,
        headers: IdempotencyHeader,
        body: ref(CreateBackup),
        response: answers(202, ref(Backup)),
      },
    },
    async (request, reply) => {
      const name = await createBackup(parts, request.params, request.body, nameSuffix(request));
      request.log.info(
        { database: request.params, backup: name, caller: request.caller?.username },
        "backup asked for",
      );
      return reply.code(202).send(found(fleet.backup(request.params, name), request.params, name));
    },
  );

  app.get(
    "/databases/:namespace/:name/restores",
    {
      schema: {
        tags,
        summary: "Restores, newest first",
        params: DatabaseRef,
        response: answers(200, items(ref(Restore))),
      },
    },
    async (request) => {
      existing(fleet, request.params);
      return { items: fleet.restores(request.params) };
    },
  );

  app.post(
    "/databases/:namespace/:name/restores",
    {
      config: { idempotent: true },
      schema: {
        tags,
        summary: "Restore in place: to a moment within the window, to the end of a backup, or to the latest moment",
        params: DatabaseRef,
        headers: IdempotencyHeader,
        body: ref(CreateRestore),
        response: answers(202, ref(Restore)),
      },
    },
    async (request, reply) => {
      const name = await createRestore(parts, request.params, request.body, nameSuffix(request));
      request.log.info(
        { database: request.params, restore: name, caller: request.caller?.username },
        "restore asked for",
      );
      const restore = fleet.restore(request.params, name);
      return reply.code(202).send(found(restore, request.params, name));
    },
  );

  app.post(
    "/databases/:namespace/:name/switchover",
    {
      schema: {
        tags,
        summary: "Make a replica the primary, as planned work: nothing is lost",
        params: DatabaseRef,
        body: ref(Switchover),
        response: answers(202, ref(DatabaseDetail)),
      },
    },
    async (request, reply) => {
      await switchover(parts, request.params, request.body);
      request.log.info(
        { database: request.params, target: request.body.target, caller: request.caller?.username },
        "switchover asked for",
      );
      return reply.code(202).send(existing(fleet, request.params));
    },
  );
}

function found<T>(view: T | undefined, key: DatabaseKey, name: string): T {
  if (view !== undefined) return view;
  throw new ProblemError("Internal", `${name} of ${textOf(key)} was made but is not in the cache.`);
}
