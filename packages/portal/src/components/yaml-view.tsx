/** A manifest as YAML with a little colour, and a way to copy it. */
import { type ReactNode, useMemo } from "react";
import { stringify } from "yaml";
import { CopyButton } from "./copy-button.tsx";
import "./yaml-view.css";

/** The object as YAML. */
export const yamlText = (value: unknown): string => stringify(value, { lineWidth: 0 });

export function YamlView({ value, label }: { readonly value: unknown; readonly label: string }) {
  const text = useMemo(() => yamlText(value), [value]);
  return (
    <div className="yaml">
      <div className="yaml-copy">
        <CopyButton text={text} label={`Copy ${label}`} />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable region must be reachable by keyboard */}
      <section className="yaml-text-box" aria-label={label} tabIndex={0}>
        <pre>
          {numbered(text).map(({ number, line }) => (
            <span key={number}>
              {coloured(line)}
              {"\n"}
            </span>
          ))}
        </pre>
      </section>
    </div>
  );
}

/** Lines have no identity but their place. */
const numbered = (text: string) =>
  text
    .trimEnd()
    .split("\n")
    .map((line, number) => ({ number, line }));

function coloured(line: string): ReactNode {
  const match = /^(\s*(?:- )?)([^\s:"'][^:]*|"[^"]*")(:)(\s.*)?$/.exec(line);
  if (match === null) return <Value text={line} />;
  const [, indent, key, colon, value] = match;
  return (
    <>
      {indent}
      <b>{key}</b>
      {colon}
      {value === undefined ? null : <Value text={value} />}
    </>
  );
}

function Value({ text }: { readonly text: string }) {
  const [, indent = "", value = ""] = /^(\s*(?:- )?)(.*)$/.exec(text) ?? [];
  const kind = /^(-?\d+(\.\d+)?|true|false|null)$/.test(value) ? "yaml-number" : "yaml-text";
  return (
    <>
      {indent}
      <span className={kind}>{value}</span>
    </>
  );
}
