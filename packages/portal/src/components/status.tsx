/** A level as a shape and a colour, with words: never by colour alone. */
import type { Level } from "@keelson/server/api";
import type { ReactNode } from "react";
import "./status.css";

const words: Record<Level, string> = { good: "Good", working: "In progress", bad: "Needs attention", off: "Off" };

const shapes: Record<Level, ReactNode> = {
  good: (
    <>
      <circle cx="8" cy="8" r="6.500" fill="currentColor" stroke="none" />
      <path d="m5 8.300 2 1.900L11 6" className="status-mark" />
    </>
  ),
  working: (
    <>
      <circle cx="8" cy="8" r="5.800" opacity=".28" />
      <path d="M8 2.200a5.800 5.800 0 0 1 5.800 5.800" />
    </>
  ),
  bad: (
    <>
      <path d="M8 1.800 14.800 13.600H1.200L8 1.800Z" fill="currentColor" stroke="currentColor" />
      <path d="M8 6v3.300M8 11.500v.01" className="status-mark" />
    </>
  ),
  off: (
    <>
      <circle cx="8" cy="8" r="5.800" />
      <path d="M6.400 6v4M9.600 6v4" />
    </>
  ),
};

/** The shape alone; `label` says it to those who do not see it ("" when words stand beside it). */
export function StatusGlyph({
  level,
  label = words[level],
  size = 16,
}: {
  readonly level: Level;
  readonly label?: string;
  readonly size?: number;
}) {
  return (
    <span className={`status-glyph status-${level}`}>
      <svg
        width={size}
        height={size}
        viewBox="0 0 16 16"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.800"
        strokeLinecap="round"
        strokeLinejoin="round"
        aria-hidden="true"
        focusable="false"
      >
        {shapes[level]}
      </svg>
      {label === "" ? null : <span className="hidden-visually">{label}: </span>}
    </span>
  );
}

/** The shape with a sentence. */
export function Status({ level, children }: { readonly level: Level; readonly children: ReactNode }) {
  return (
    <span className="status">
      <StatusGlyph level={level} />
      <span>{children}</span>
    </span>
  );
}

/** A word on a tinted ground. */
export function Tag({ level, children }: { readonly level: Level | "accent"; readonly children: ReactNode }) {
  return <span className={`tag tag-${level}`}>{children}</span>;
}

/** More are not drawn; the number beside them says it all. */
const places = [1, 2, 3, 4, 5, 6, 7, 8, 9] as const;

/** "2 of 3" as squares. */
export function Pips({
  ready,
  wanted,
  noun,
}: {
  readonly ready: number;
  readonly wanted: number;
  readonly noun: string;
}) {
  const text = wanted === 0 ? `no ${noun}s` : `${ready} of ${wanted} ${noun}${wanted === 1 ? "" : "s"} ready`;
  return (
    <span className="pips" role="img" aria-label={text} title={text}>
      {places.slice(0, wanted).map((place) => (
        <i key={place} className={place <= ready ? "pip pip-on" : "pip"} />
      ))}
      <span className="tabular">{wanted === 0 ? "none" : `${ready}/${wanted}`}</span>
    </span>
  );
}
