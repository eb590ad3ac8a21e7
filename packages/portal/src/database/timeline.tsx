/** The recovery timeline: what can be reached, the backups, and the moment that is chosen, by pointer or by keyboard. */
import type { Backup, Restore, Window } from "@keelson/server/api";
import { type KeyboardEvent, type PointerEvent, useRef, useState } from "react";
import { exactTime, useNow } from "../components/time.tsx";
import { clamp, percent, type Range, ticks, tickText } from "./axis.ts";
import "./timeline.css";

interface TimelineProps {
  readonly window: Window;
  readonly backups: readonly Backup[];
  readonly restores: readonly Restore[];
  /** Chosen moment in milliseconds. */
  readonly value: number;
  readonly onChange: (ms: number) => void;
}

const hour = 3_600_000;
const zooms = { all: "All", day: "24 hours", hour: "1 hour" } as const;
type Zoom = keyof typeof zooms;

export function Timeline({ window, backups, restores, value, onChange }: TimelineProps) {
  const [zoom, setZoom] = useState<Zoom>("all");
  const now = useNow(30_000);
  const reach: Range = { from: new Date(window.from).getTime(), to: new Date(window.to).getTime() };
  const shown = shownRange(zoom, reach, value, now);
  return (
    <div className="timeline">
      <fieldset className="timeline-zoom" aria-label="Shown part of the timeline">
        {(Object.keys(zooms) as Zoom[]).map((id) => (
          <button key={id} type="button" aria-pressed={id === zoom} onClick={() => setZoom(id)}>
            {zooms[id]}
          </button>
        ))}
      </fieldset>
      <Track
        shown={shown}
        reach={reach}
        value={value}
        onChange={onChange}
        backups={backups}
        restores={restores}
        now={now}
      />
      <ul className="timeline-legend" aria-hidden="true">
        <li>
          <i className="mark mark-full" /> full
        </li>
        <li>
          <i className="mark mark-differential" /> differential
        </li>
        <li>
          <i className="mark mark-incremental" /> incremental
        </li>
        <li>
          <i className="mark mark-failed" /> failed
        </li>
        <li>
          <i className="legend-restore">↺</i> earlier restore
        </li>
        <li>
          <i className="legend-reach" /> can be restored
        </li>
      </ul>
    </div>
  );
}

/** The whole window with a little air, or a part of it around the chosen moment. */
function shownRange(zoom: Zoom, reach: Range, value: number, now: number): Range {
  const whole = {
    from: reach.from - (now - reach.from) * 0.03,
    to: Math.max(now, reach.to) + (now - reach.from) * 0.03,
  };
  if (zoom === "all") return whole;
  const width = zoom === "day" ? 24 * hour : hour;
  const to = Math.min(value + width / 2, whole.to);
  return { from: to - width, to };
}

interface TrackProps extends Omit<TimelineProps, "window"> {
  readonly shown: Range;
  readonly reach: Range;
  readonly now: number;
}

function Track({ shown, reach, value, onChange, backups, restores, now }: TrackProps) {
  const track = useRef<HTMLDivElement>(null);
  const at = (ms: number) => `${percent(ms, shown)}%`;
  const inside = (ms: number) => ms >= shown.from && ms <= shown.to;
  const choose = (ms: number) => onChange(Math.round(clamp(ms, reach)));
  const point = (event: PointerEvent) => {
    const box = track.current?.getBoundingClientRect();
    if (box === undefined) return;
    choose(shown.from + ((event.clientX - box.left) / box.width) * (shown.to - shown.from));
  };
  const keys = (event: KeyboardEvent) => {
    const step = keyStep(event, shown);
    if (step === undefined) return;
    event.preventDefault();
    choose(step === "start" ? reach.from : step === "end" ? reach.to : value + step);
  };
  const band = { from: clamp(reach.from, shown), to: clamp(reach.to, shown) };
  return (
    <div
      ref={track}
      className="timeline-track"
      role="slider"
      tabIndex={0}
      aria-label="Moment to restore to"
      aria-describedby="timeline-keys"
      aria-valuemin={Math.floor(reach.from / 1000)}
      aria-valuemax={Math.ceil(reach.to / 1000)}
      aria-valuenow={Math.round(value / 1000)}
      aria-valuetext={exactTime(new Date(value))}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        point(event);
      }}
      onPointerMove={(event) => {
        if (event.buttons === 1) point(event);
      }}
      onKeyDown={keys}
    >
      <div
        className="timeline-reach"
        style={{ left: at(band.from), width: `${percent(band.to, shown) - percent(band.from, shown)}%` }}
      />
      {ticks(shown, 7).map((ms) => (
        <div key={ms} className="timeline-tick" style={{ left: at(ms) }}>
          <span>{tickText(ms, shown)}</span>
        </div>
      ))}
      {backups
        .filter((backup) => backup.completedAt !== undefined && inside(Date.parse(backup.completedAt)))
        .map((backup) => (
          <div
            key={backup.name}
            className={`timeline-backup mark mark-${backup.state === "failed" ? "failed" : backup.type}`}
            style={{ left: at(Date.parse(backup.completedAt ?? "")) }}
            title={`${backup.type} backup, ${exactTime(backup.completedAt ?? "")}${backup.state === "failed" ? ": failed" : ""}`}
          />
        ))}
      {restores
        .filter((restore) => restore.completedAt !== undefined && inside(Date.parse(restore.completedAt)))
        .map((restore) => (
          <div
            key={restore.name}
            className="timeline-restore"
            style={{ left: at(Date.parse(restore.completedAt ?? "")) }}
            title={`Restored ${exactTime(restore.completedAt ?? "")}`}
          >
            ↺
          </div>
        ))}
      {inside(now) ? <div className="timeline-now" style={{ left: at(now) }} /> : null}
      {inside(value) ? (
        <div className="timeline-chosen" style={{ left: at(value) }}>
          <b />
        </div>
      ) : null}
      <span id="timeline-keys" className="hidden-visually">
        Arrow keys move by a second, with Shift by a minute; Page Up and Page Down by a tenth of what is shown; Home and
        End to the ends of the window.
      </span>
    </div>
  );
}

function keyStep(event: KeyboardEvent, shown: Range): number | "start" | "end" | undefined {
  const small = event.shiftKey ? 60_000 : 1_000;
  const large = (shown.to - shown.from) / 10;
  const steps: Record<string, number | "start" | "end"> = {
    ArrowLeft: -small,
    ArrowDown: -small,
    ArrowRight: small,
    ArrowUp: small,
    PageDown: -large,
    PageUp: large,
    Home: "start",
    End: "end",
  };
  return steps[event.key];
}
