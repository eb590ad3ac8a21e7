/** An error in words: what happened, which field, what to do. */
import { useEffect, useRef } from "react";
import { problemFrom } from "../api/client.ts";
import { AlertIcon } from "./icons.tsx";
import "./problem.css";

interface ProblemProps {
  readonly error: unknown;
  readonly onRetry?: () => void;
}

/** Shows an error and moves the view to it, since it may be far from the button that caused it. */
export function ProblemNote({ error, onRetry }: ProblemProps) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    box.current?.scrollIntoView({ block: "nearest" });
  }, []);
  const { title, detail, field, remedy, instance } = problemFrom(error);
  return (
    <div className="problem" role="alert" ref={box}>
      <AlertIcon size={18} />
      <div className="stack">
        <strong>{title}</strong>
        <span>{detail}</span>
        {remedy === undefined ? null : <span className="problem-remedy">{remedy}</span>}
        {field === undefined && instance === undefined ? null : (
          <span className="small muted">
            {field === undefined ? "" : `Field ${field}. `}
            {instance === undefined ? "" : `Request ${instance}.`}
          </span>
        )}
        {onRetry === undefined ? null : (
          <button type="button" className="link-button" onClick={onRetry}>
            Try again
          </button>
        )}
      </div>
    </div>
  );
}
