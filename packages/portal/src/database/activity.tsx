/** Events of the database, and the logs of its pods as they are written. */

import type { ActivityEvent, DatabaseDetail } from "@keelson/server/api";
import { Button, SegmentedControl } from "@mantine/core";
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

const choices = { important: "Important", warnings: "Warnings", all: "All" } as const;
type Choice = keyof typeof choices;

/** More are shown when they are asked for. */
const PAGE = 20;

/** What Kubernetes tells of every container is left out of what is important, unless it is a warning. */
function isShown(event: ActivityEvent, choice: Choice): boolean {
  if (choice === "all" || event.type === "Warning") return true;
  return choice === "important" && /^Percona/.test(event.about);
}

function Events({ database }: { readonly database: DatabaseDetail }) {
  const query = useQuery(eventsQuery(database));
  const [choice, setChoice] = useState<Choice>("important");
  const [limit, setLimit] = useState(PAGE);
  const events = (query.data ?? []).filter((event) => isShown(event, choice));
  return (
    <Card
      title="Events"
      aside={
        <SegmentedControl
          size="xs"
          aria-label="Which events"
          value={choice}
          onChange={(value) => setChoice(value as Choice)}
          data={Object.entries(choices).map(([value, label]) => ({ value, label }))}
        />
      }
    >
      {query.isError ? <ProblemNote error={query.error} onRetry={() => void query.refetch()} /> : null}
      {query.isSuccess && events.length === 0 ? (
        <p className="muted">
          {choice === "warnings" ? "No warnings." : "Nothing has happened lately."} Kubernetes forgets events after an
          hour.
        </p>
      ) : null}
      <ol className="events" aria-label="Events, newest first">
        {events.slice(0, limit).map((event) => (
          <EventRow key={event.id} event={event} />
        ))}
      </ol>
      {events.length > limit ? (
        <Button variant="default" size="xs" onClick={() => setLimit(limit + 5 * PAGE)}>
          Show {Math.min(5 * PAGE, events.length - limit)} older ones
        </Button>
      ) : null}
    </Card>
  );
}

function EventRow({ event }: { readonly event: ActivityEvent }) {
  return (
    <li className="event">
      {event.type === "Warning" ? (
        <StatusGlyph level="bad" label="Warning" size={14} />
      ) : (
        <i className="event-dot" aria-hidden="true" />
      )}
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
