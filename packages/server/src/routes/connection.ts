/** How to connect, and with an explicit reveal the passwords. */

import { connectionOf } from "../actions/connection.ts";
import { DatabaseRef } from "../api/requests.ts";
import { ref } from "../api/schema.ts";
import { Connection } from "../api/views.ts";
import { noDatabase } from "../fleet/existing.ts";
import { requireRead } from "../http/require-fleet.ts";
import type { Parts } from "../parts.ts";
import { answers, flag, query, type TypedApp } from "./typed.ts";

export function addConnectionRoutes(app: TypedApp, parts: Parts): void {
  app.get(
    "/databases/:namespace/:name/connection",
    {
      schema: {
        tags: ["databases"],
        summary: "Endpoints and users; passwords and connection strings only with reveal=true, which is logged",
        params: DatabaseRef,
        querystring: query({ reveal: flag("Reads the Secrets of the users.") }),
        response: answers(200, ref(Connection)),
      },
    },
    async (request) => {
      // Without the Services, an address outside the cluster would seem to be missing.
      requireRead("addresses", parts.fleet.unread("services"));
      const observed = parts.fleet.observe(request.params);
      if (observed === undefined) throw noDatabase(request.params);
      const reveal = request.query.reveal === "true";
      if (reveal)
        request.log.info({ database: request.params, caller: request.caller?.username }, "passwords revealed");
      return connectionOf(parts.client, observed, request.params, reveal);
    },
  );
}
