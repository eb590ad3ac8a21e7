/** The home page: all databases with their live state. */

import type { Database, Level } from "@keelson/server/api";
import { Button, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { databasesQuery, sessionQuery } from "../api/queries.ts";
import { quantityText } from "../components/bytes.ts";
import { PlusIcon, SearchIcon } from "../components/icons.tsx";
import { usePageTitle } from "../components/page-title.ts";
import { Pending } from "../components/pending.tsx";
import { ProblemNote } from "../components/problem.tsx";
import { Pips, StatusGlyph } from "../components/status.tsx";
import { Ago } from "../components/time.tsx";
import { EmptyDatabases } from "../database/empty-databases.tsx";
import "./databases.css";

export function DatabasesPage() {
  usePageTitle("Databases");
  const databases = useQuery(databasesQuery);
  const session = useQuery(sessionQuery);
  const [filter, setFilter] = useState("");
  const all = databases.data ?? [];
  const shown = all.filter((one) => `${one.namespace}/${one.name}`.includes(filter.trim().toLowerCase()));
  return (
    <div className="stack databases">
      {session.data?.initialPassword === true ? (
        <p className="hint">
          You still use the password that was made at the first start. <Link to="/account">Choose your own</Link>.
        </p>
      ) : null}
      <div className="page-head">
        <div>
          <h1>Databases</h1>
          <p className="muted">{databases.isSuccess ? summary(all) : "\u00a0"}</p>
        </div>
        {all.length === 0 ? null : (
          <div className="row page-head-actions">
            {all.length < 6 ? null : (
              <TextInput
                aria-label="Filter by name"
                placeholder="Filter by name"
                leftSection={<SearchIcon />}
                value={filter}
                onChange={(event) => setFilter(event.currentTarget.value)}
              />
            )}
            <Button leftSection={<PlusIcon />} renderRoot={(props) => <Link {...props} to="/create" />}>
              Create database
            </Button>
          </div>
        )}
      </div>
      {databases.isError ? <ProblemNote error={databases.error} onRetry={() => void databases.refetch()} /> : null}
      {databases.isPending ? <Pending reason={databases.failureReason} height={220} /> : null}
      {databases.isSuccess && all.length === 0 ? <EmptyDatabases /> : null}
      {shown.length > 0 ? <DatabaseTable databases={shown} /> : null}
      {all.length > 0 && shown.length === 0 ? <p className="muted">No database's name contains “{filter}”.</p> : null}
    </div>
  );
}

const levelWords: readonly (readonly [Level, string])[] = [
  ["good", "ready"],
  ["working", "in progress"],
  ["bad", "need attention"],
  ["off", "paused"],
];

function summary(all: readonly Database[]): string {
  if (all.length === 0) return "None yet";
  const parts = levelWords.flatMap(([level, word]) => {
    const number = all.filter((one) => one.level === level).length;
    return number === 0 ? [] : [`${number} ${number === 1 ? word.replace("need ", "needs ") : word}`];
  });
  return `${all.length} in all: ${parts.join(", ")}`;
}

function DatabaseTable({ databases }: { readonly databases: readonly Database[] }) {
  return (
    <div className="card">
      <table className="db-table">
        <caption className="hidden-visually">Databases with their state</caption>
        <thead>
          <tr>
            <th scope="col">Database</th>
            <th scope="col">State</th>
            <th scope="col">Instances</th>
            <th scope="col">Poolers</th>
            <th scope="col">Storage</th>
            <th scope="col">Last backup</th>
          </tr>
        </thead>
        <tbody>
          {databases.map((database) => (
            <DatabaseRow key={`${database.namespace}/${database.name}`} database={database} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function DatabaseRow({ database }: { readonly database: Database }) {
  const { namespace, name, backups } = database;
  return (
    <tr>
      <th scope="row">
        <Link to="/databases/$namespace/$name" params={{ namespace, name }} className="db-name">
          {name}
        </Link>
        <span className="db-sub">
          {namespace} · PostgreSQL {database.version}
        </span>
      </th>
      <td className="db-state">
        <StatusGlyph level={database.level} />
        <span>
          <span className="db-headline">{database.headline}</span>
          {database.waitingFor === undefined ? null : (
            <span className="db-waiting">Waiting for {database.waitingFor}</span>
          )}
          {database.problem === undefined ? null : <span className="db-waiting">{database.problem}</span>}
        </span>
      </td>
      <td data-label="Instances">
        <Pips {...database.instances} noun="instance" />
      </td>
      <td data-label="Poolers">
        <Pips {...database.poolers} noun="pooler" />
      </td>
      <td data-label="Storage" className="tabular nowrap">
        {quantityText(database.storage)}
      </td>
      <td data-label="Last backup">
        {backups.lastSucceeded === undefined ? (
          <span className="muted">{backups.enabled ? "none yet" : "switched off"}</span>
        ) : (
          <Ago at={backups.lastSucceeded.at} />
        )}
      </td>
    </tr>
  );
}
