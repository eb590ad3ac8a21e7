/** The log of one pod, live. Keeps the last lines only, and stays where the reader scrolled to. */

import type { DatabaseDetail } from "@keelson/server/api";
import { Select, Switch, TextInput } from "@mantine/core";
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import { lines } from "../api/client.ts";
import { pathOf } from "../api/queries.ts";
import { useLiveState } from "../api/stream.ts";
import { Card } from "../components/card.tsx";
import { SearchIcon } from "../components/icons.tsx";
import { ProblemNote } from "../components/problem.tsx";

const MAX_LINES = 2_000;
/** Lines that come faster than this are drawn together. */
const GATHER_MS = 100;

interface Line {
  readonly id: number;
  readonly text: string;
}

type State = "loading" | "live" | "ended";

export function Logs({ database }: { readonly database: DatabaseDetail }) {
  const { instances, poolers, repositories } = database.topology;
  const pods = [...instances, ...poolers, ...repositories].map(({ pod }) => pod);
  const [wanted, setWanted] = useState<string>();
  const [follow, setFollow] = useState(true);
  const [filter, setFilter] = useState("");
  const pod = wanted !== undefined && pods.includes(wanted) ? wanted : pods[0];
  const path =
    pod === undefined
      ? undefined
      : `${pathOf(database)}/logs?instance=${encodeURIComponent(pod)}&tail=400${follow ? "&follow=true" : ""}`;
  const { shown, state, error, retry } = useLog(path);
  const connected = useLiveState() === "live";
  const cutOff = useRef(false);
  useEffect(() => {
    if (!connected) cutOff.current = true;
    else if (cutOff.current) {
      cutOff.current = false;
      // The log was cut off with the stream of changes.
      if (follow && state === "ended") retry();
    }
  }, [connected, follow, state, retry]);
  const matching =
    filter === "" ? shown : shown.filter(({ text }) => text.toLowerCase().includes(filter.toLowerCase()));
  return (
    <Card title="Logs">
      {pod === undefined ? (
        <p className="muted">No pod runs, so there is no log.</p>
      ) : (
        <div className="stack">
          <div className="log-bar">
            <Select
              aria-label="Pod"
              data={podOptions(database)}
              value={pod}
              onChange={(value) => setWanted(value ?? undefined)}
              w={300}
              maw="100%"
            />
            <TextInput
              aria-label="Only lines that contain"
              placeholder="Only lines that contain"
              leftSection={<SearchIcon />}
              value={filter}
              onChange={(event) => setFilter(event.currentTarget.value)}
              className="grow"
            />
            <Switch label="Live" checked={follow} onChange={(event) => setFollow(event.currentTarget.checked)} />
          </div>
          {error === undefined ? null : <ProblemNote error={error} onRetry={retry} />}
          {error !== undefined && shown.length === 0 ? null : (
            <>
              <LogView lines={matching} label={`Log of ${pod}`} />
              <p className="small muted log-state" role="status">
                {stateWords[state]}
                {filter === "" ? "" : ` · ${matching.length} of ${shown.length} lines`}
              </p>
            </>
          )}
        </div>
      )}
    </Card>
  );
}

const stateWords: Record<State, string> = {
  loading: "Reading …",
  live: "Live: new lines appear at the end.",
  ended: "End of the log.",
};

function podOptions(database: DatabaseDetail) {
  const { instances, poolers, repositories } = database.topology;
  const option = (word: string) => (part: { readonly pod: string }) => ({
    value: part.pod,
    label: `${part.pod}${word === "" ? "" : ` (${word})`}`,
  });
  return [
    ...instances.map((instance) => option(instance.role === "starting" ? "" : instance.role)(instance)),
    ...poolers.map(option("pooler")),
    ...repositories.map(option("backups")),
  ];
}

function useLog(path: string | undefined) {
  const [shown, setShown] = useState<readonly Line[]>([]);
  const [state, setState] = useState<State>("loading");
  const [error, setError] = useState<unknown>();
  const [attempt, setAttempt] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new attempt reads the same path again
  useEffect(() => {
    if (path === undefined) return undefined;
    const stop = new AbortController();
    let number = 0;
    let gathered: Line[] = [];
    let timer: ReturnType<typeof setTimeout> | undefined;
    const flush = () => {
      timer = undefined;
      const fresh = gathered;
      gathered = [];
      setShown((known) => [...known, ...fresh].slice(-MAX_LINES));
    };
    setShown([]);
    setError(undefined);
    setState("loading");
    void (async () => {
      try {
        for await (const batch of lines(path, stop.signal)) {
          setState("live");
          for (const text of batch) {
            number += 1;
            gathered.push({ id: number, text });
          }
          gathered = gathered.slice(-MAX_LINES);
          timer ??= setTimeout(flush, GATHER_MS);
        }
        setState("ended");
      } catch (failure) {
        if (!stop.signal.aborted) {
          setError(failure);
          setState("ended");
        }
      }
    })();
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [path, attempt]);
  const retry = useCallback(() => setAttempt((known) => known + 1), []);
  return { shown, state, error, retry };
}

function LogView({ lines: shown, label }: { readonly lines: readonly Line[]; readonly label: string }) {
  const box = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  useLayoutEffect(() => {
    if (atEnd.current && shown.length > 0) box.current?.scrollTo({ top: box.current.scrollHeight });
  }, [shown]);
  return (
    <div
      ref={box}
      className="log"
      role="log"
      aria-live="off"
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable region must be reachable by keyboard
      tabIndex={0}
      onScroll={({ currentTarget }) => {
        atEnd.current = currentTarget.scrollHeight - currentTarget.scrollTop - currentTarget.clientHeight < 24;
      }}
    >
      {shown.map(({ id, text }) => (
        <div key={id} className={tone(text)}>
          {text}
        </div>
      ))}
    </div>
  );
}

function tone(text: string): string | undefined {
  if (/\b(FATAL|PANIC|ERROR|CRITICAL)\b|"level":"(error|fatal)"/.test(text)) return "log-bad";
  return /\bWARN(ING)?\b|"level":"warn"/.test(text) ? "log-warn" : undefined;
}
