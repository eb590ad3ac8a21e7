/** Choosing a moment and going back to it. */

import type { Backup, DatabaseDetail, LeftBehind, Restore, Window } from "@keelson/server/api";
import { Button, Modal, TextInput } from "@mantine/core";
import { useState } from "react";
import { ProblemNote } from "../components/problem.tsx";
import { ago, exactTime, useNow, zoneName } from "../components/time.tsx";
import { fieldMoment, fieldText } from "./moment.ts";
import { useRestore } from "./mutations.ts";
import { leftBehindAt, type RestoreWish, wishFor } from "./restore-wish.ts";
import { Timeline } from "./timeline.tsx";

interface RestorePanelProps {
  readonly database: DatabaseDetail;
  readonly window: Window;
  readonly backups: readonly Backup[];
  readonly restores: readonly Restore[];
}

interface Asked {
  readonly wish: RestoreWish;
  readonly span: LeftBehind | undefined;
}

const minute = 60_000;
const shortcuts = [
  ["1 minute ago", minute],
  ["10 minutes ago", 10 * minute],
  ["1 hour ago", 60 * minute],
  ["1 day ago", 24 * 60 * minute],
] as const;

export function RestorePanel({ database, window, backups, restores }: RestorePanelProps) {
  const [from, to] = [Date.parse(window.from), Date.parse(window.to)];
  const [chosen, setChosen] = useState(() => Math.max(from, to - 10 * minute));
  const [asked, setAsked] = useState<Asked>();
  const now = useNow();
  const outside = chosen < from || chosen > to;
  const span = leftBehindAt(chosen, database.backups.leftBehind);
  const busy = database.phase === "restoring" || database.phase === "deleting" || database.phase === "paused";
  return (
    <div className="stack">
      <Timeline window={window} backups={backups} restores={restores} value={chosen} onChange={setChosen} />
      <div className="restore-row">
        <TextInput
          type="datetime-local"
          step={1}
          label={`Moment (${zoneName(new Date(chosen))})`}
          value={fieldText(chosen)}
          onChange={(event) => {
            const typed = fieldMoment(event.currentTarget.value);
            if (typed !== undefined) setChosen(typed);
          }}
          error={outside ? `Choose from ${exactTime(window.from)} to ${exactTime(window.to)}.` : undefined}
        />
        <fieldset className="restore-shortcuts" aria-label="Moments">
          {shortcuts
            .filter(([, back]) => now - back >= from && now - back <= to)
            .map(([text, back]) => (
              <Button key={text} size="xs" variant="default" onClick={() => setChosen(Date.now() - back)}>
                {text}
              </Button>
            ))}
          <Button size="xs" variant="default" onClick={() => setChosen(to)}>
            Latest
          </Button>
        </fieldset>
        <Button disabled={outside || busy} onClick={() => setAsked({ wish: wishFor(chosen, window, span), span })}>
          Restore to this moment …
        </Button>
      </div>
      <p className="muted small">
        {chosen >= to
          ? "The latest moment that was archived"
          : `${exactTime(new Date(chosen))}, ${ago(new Date(chosen), now)}`}
        ; in UTC: {new Date(chosen).toISOString().slice(0, 19).replace("T", " ")}
      </p>
      {span === undefined ? null : (
        <p className="small">
          This moment was left behind by the restore of {exactTime(span.restoredAt)}. Restoring to it brings back what
          was committed before that restore.
        </p>
      )}
      {now - to > 2 * minute ? (
        <p className="muted small">
          The last commit in the archive is from {exactTime(window.to)}. Later ones appear here within a minute.
        </p>
      ) : null}
      {asked === undefined ? null : (
        <RestoreDialog database={database} wish={asked.wish} span={asked.span} onClose={() => setAsked(undefined)} />
      )}
    </div>
  );
}

export function RestoreDialog({
  database,
  wish,
  span,
  onClose,
}: {
  readonly database: DatabaseDetail;
  readonly wish: RestoreWish;
  /** Where the wished moment lies, when a restore has left it behind. */
  readonly span?: LeftBehind | undefined;
  readonly onClose: () => void;
}) {
  const restore = useRestore(database);
  const words =
    wish.backup !== undefined
      ? `the end of backup ${wish.backup}`
      : wish.target === "latest" || wish.target === undefined
        ? "the latest archived moment"
        : exactTime(wish.target);
  return (
    <Modal opened onClose={onClose} title={`Restore ${database.name}`}>
      <div className="stack">
        <p>
          The database goes back to <strong>{words}</strong>, in place.
        </p>
        <ul className="consequences">
          <li>All instances stop and nobody can connect until it is done; how long depends on the size.</li>
          {span === undefined ? null : (
            <li>
              This brings back what was committed before the restore of {exactTime(span.restoredAt)}, which had left it
              behind.
            </li>
          )}
          <li>
            What was written after that moment is no longer in the database. Backups and the archived log stay, so a
            later moment can still be restored.
          </li>
          <li>Users and passwords stay as they are.</li>
        </ul>
        {restore.isError ? <ProblemNote error={restore.error} /> : null}
        <div className="row" style={{ justifyContent: "flex-end" }}>
          <Button variant="default" onClick={onClose} data-autofocus>
            Cancel
          </Button>
          <Button color="red" loading={restore.isPending} onClick={() => restore.mutate(wish, { onSuccess: onClose })}>
            Restore {database.name}
          </Button>
        </div>
      </div>
    </Modal>
  );
}
