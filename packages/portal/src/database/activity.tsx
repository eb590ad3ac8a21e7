/** Events of the database, and the logs of its pods as they are written. */

import type { ActivityEvent, DatabaseDetail } from "@keelson/server/api";
import { SegmentedControl } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { eventsQuery } from "../api/queries.ts";
import { Card } from "../components/card.tsx";
import { ProblemNote } from "../components/problem.tsx";
import { StatusGlyph } from "../components/status.tsx";
import { Ago } from "../components/time.tsx";
import { Logs } from "./logs.tsx";
import "./activity.css";

export function Activity({ database }: { readonly database: DatabaseDetail }) {
  return (
    <div className="stack activity">
      <Logs database={database} />
      <Events database={database} />
    </div>
  );
}

function Events({ database }: { readonly database: DatabaseDetail }) {
  const query = useQuery(eventsQuery(database));
  const [only, setOnly] = useState<"all" | "warnings">("all");
  const events = (query.data ?? []).filter((event) => only === "all" || event.type === "Warning");
  return (
    <Card
      title="Events"
      aside={
        <SegmentedControl
          size="xs"
          aria-label="Which events"
          value={only}
          onChange={(value) => setOnly(value as typeof only)}
          data={[
            { value: "all", label: "All" },
            { value: "warnings", label: "Warnings" },
          ]}
        />
      }
    >
      {query.isError ? <ProblemNote error={query.error} onRetry={() => void query.refetch()} /> : null}
      {query.isSuccess && events.length === 0 ? (
        <p className="muted">
          {only === "all" ? "Nothing has happened in the last hour; Kubernetes forgets older events." : "No warnings."}
        </p>
      ) : null}
      <ol className="events" aria-label="Events, newest first">
        {events.map((event) => (
          <EventRow key={event.id} event={event} />
        ))}
      </ol>
    </Card>
  );
}

function EventRow({ event }: { readonly event: ActivityEvent }) {
  return (
    <li className="event">
      <StatusGlyph
        level={event.type === "Warning" ? "bad" : "off"}
        label={event.type === "Warning" ? "Warning" : ""}
        size={14}
      />
      <div className="grow">
        <p>{event.message}</p>
        <p className="small muted">
          {event.reason} · {event.about}
          {event.count > 1 ? ` · ${event.count} times` : ""}
        </p>
      </div>
      <span className="small muted">
        <Ago at={event.lastAt} />
      </span>
    </li>
  );
}
