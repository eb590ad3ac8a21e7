/** Databases: list, create, read, change, delete. */

import { createDatabase, updateDatabase } from "../actions/database.ts";
import { deleteDatabase } from "../actions/delete-database.ts";
import { CreateDatabase, DatabaseRef, UpdateDatabase } from "../api/requests.ts";
import { oneOf, ref } from "../api/schema.ts";
import { Type } from "../api/type.ts";
import { Database, DatabaseDetail, Preview, Topology } from "../api/views.ts";
import { existing } from "../fleet/existing.ts";
import { databaseSummary } from "../model/database-view.ts";
import type { Parts } from "../parts.ts";
import { answers, empty, flag, IdempotencyHeader, items, query, type TypedApp } from "./typed.ts";

const tags = ["databases"];

export function addDatabaseRoutes(app: TypedApp, parts: Parts): void {
  const { fleet } = parts;

  app.get(
    "/databases",
    {
      schema: {
        tags,
        summary: "All databases with their live state",
        querystring: query({ namespace: Type.Optional(Type.String()) }),
        response: answers(200, items(ref(Database))),
      },
    },
    async (request) => {
      const { namespace } = request.query;
      const all = fleet.databases().filter((database) => namespace === undefined || database.namespace === namespace);
      return { items: all.map(databaseSummary) };
    },
  );

  app.post(
    "/databases",
    {
      config: { idempotent: true },
      schema: {
        tags,
        summary: "Create a database; with dryRun=true only the manifest that would be applied",
        headers: IdempotencyHeader,
        querystring: query({ dryRun: flag("Checks the request and answers the manifest.") }),
        body: ref(CreateDatabase),
        response: { ...answers(202, ref(DatabaseDetail)), 200: ref(Preview) },
      },
    },
    async (request, reply) => {
      const dryRun = request.query.dryRun === "true";
      const { manifest, key } = await createDatabase(parts, request.body, dryRun);
      if (dryRun) return reply.code(200).send({ manifest });
      request.log.info({ database: key, caller: request.caller?.username }, "database created");
      return reply
        .code(202)
        .header("location", `/api/v1/databases/${key.namespace}/${key.name}`)
        .send(existing(fleet, key));
    },
  );

  app.get(
    "/databases/:namespace/:name",
    {
      schema: {
        tags,
        summary: "One database with topology, conditions and progress",
        params: DatabaseRef,
        response: answers(200, ref(DatabaseDetail)),
      },
    },
    async (request) => existing(fleet, request.params),
  );

  app.get(
    "/databases/:namespace/:name/topology",
    {
      schema: {
        tags,
        summary: "Instances, poolers and repository hosts",
        params: DatabaseRef,
        response: answers(200, ref(Topology)),
      },
    },
    async (request) => existing(fleet, request.params).topology,
  );

  app.patch(
    "/databases/:namespace/:name",
    {
      schema: {
        tags,
        summary: "Change the number of instances or poolers, the storage, or pause and resume",
        params: DatabaseRef,
        body: ref(UpdateDatabase),
        response: answers(202, ref(DatabaseDetail)),
      },
    },
    async (request, reply) => {
      await updateDatabase(parts, request.params, request.body);
      request.log.info(
        { database: request.params, change: request.body, caller: request.caller?.username },
        "database changed",
      );
      return reply.code(202).send(existing(fleet, request.params));
    },
  );

  app.delete(
    "/databases/:namespace/:name",
    {
      schema: {
        tags,
        summary: "Delete a database; its data are kept, whatever its finalizers say, unless data=delete",
        params: DatabaseRef,
        querystring: query({
          data: Type.Optional(oneOf("keep", "delete")),
          uid: Type.Optional(Type.String({ maxLength: 64, description: "Delete only this incarnation." })),
        }),
        response: answers(202, empty),
      },
    },
    async (request, reply) => {
      await deleteDatabase(parts, request.params, {
        deleteData: request.query.data === "delete",
        uid: request.query.uid,
      });
      request.log.info(
        { database: request.params, data: request.query.data ?? "keep", caller: request.caller?.username },
        "database deleted",
      );
      return reply.code(202).send(null);
    },
  );
}
