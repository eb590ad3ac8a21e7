/** One value that can be copied: label, value in fixed-width letters, copy button. */
import type { ReactNode } from "react";
import { CopyButton } from "./copy-button.tsx";
import "./field-row.css";

interface FieldRowProps {
  readonly label: string;
  readonly value: string;
  /** What is shown instead of the value, e.g. dots. */
  readonly shown?: ReactNode;
  readonly copy?: string | (() => Promise<string>);
}

export function FieldRow({ label, value, shown, copy = value }: FieldRowProps) {
  return (
    <div className="field-row">
      <span className="field-row-label">{label}</span>
      <code className="field-row-value">{shown ?? value}</code>
      <CopyButton text={copy} label={`Copy ${label.toLowerCase()}`} />
    </div>
  );
}
