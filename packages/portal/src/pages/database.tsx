/** One database: its state on top, its parts below in tabs. */

import type { DatabaseDetail } from "@keelson/server/api";
import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ApiProblem } from "../api/problem.ts";
import { databaseQuery, type Key } from "../api/queries.ts";
import { CopyButton } from "../components/copy-button.tsx";
import { usePageTitle } from "../components/page-title.ts";
import { Pending } from "../components/pending.tsx";
import { ProblemNote } from "../components/problem.tsx";
import { StatusGlyph } from "../components/status.tsx";
import { YamlView, yamlText } from "../components/yaml-view.tsx";
import { DatabaseActions } from "../database/actions.tsx";
import { Activity } from "../database/activity.tsx";
import { Backups } from "../database/backups.tsx";
import { Overview } from "../database/overview.tsx";
import { Settings } from "../database/settings.tsx";
import "./database.css";

const tabs = {
  overview: "Overview",
  backups: "Backups",
  activity: "Activity",
  manifest: "Manifest",
  settings: "Settings",
} as const;
export type Tab = keyof typeof tabs;
export const isTab = (value: unknown): value is Tab => typeof value === "string" && Object.hasOwn(tabs, value);

export function DatabasePage({ namespace, name, tab }: Key & { readonly tab: Tab }) {
  usePageTitle(`${name}: ${tabs[tab].toLowerCase()}`);
  const query = useQuery(databaseQuery({ namespace, name }));
  if (query.error instanceof ApiProblem && query.error.status === 404)
    return <Gone namespace={namespace} name={name} />;
  // What was read before stays: the sign at the top says that it may be out of date.
  if (query.isLoadingError) return <ProblemNote error={query.error} onRetry={() => void query.refetch()} />;
  if (query.data === undefined) return <Pending reason={query.failureReason} height={320} />;
  const database = query.data;
  return (
    <div className="database stack">
      <Head database={database} />
      <nav className="tabs" aria-label={`Parts of ${name}`}>
        {Object.entries(tabs).map(([id, title]) => (
          <Link
            key={id}
            to="/databases/$namespace/$name"
            params={{ namespace, name }}
            search={id === "overview" ? {} : { tab: id as Tab }}
            replace
            resetScroll={false}
            className={id === tab ? "tab tab-on" : "tab"}
            aria-current={id === tab ? "page" : undefined}
            activeProps={{ "aria-current": id === tab ? "page" : undefined }}
          >
            {title}
          </Link>
        ))}
      </nav>
      <Content tab={tab} database={database} />
    </div>
  );
}

function Content({ tab, database }: { readonly tab: Tab; readonly database: DatabaseDetail }) {
  switch (tab) {
    case "overview":
      return <Overview database={database} />;
    case "backups":
      return <Backups database={database} />;
    case "activity":
      return <Activity database={database} />;
    case "manifest":
      return <Manifest database={database} />;
    case "settings":
      return <Settings database={database} />;
  }
}

function Head({ database }: { readonly database: DatabaseDetail }) {
  const { namespace, name, version, level, headline, waitingFor, problem, remedy } = database;
  return (
    <div className="db-head">
      <div className="page-head">
        <div>
          <nav aria-label="Breadcrumb" className="crumbs">
            <Link to="/databases">Databases</Link>
            <span className="muted"> / {namespace}</span>
          </nav>
          <h1>{name}</h1>
        </div>
        <DatabaseActions database={database} />
      </div>
      <div className={`db-standing standing-${level}`}>
        <StatusGlyph level={level} size={18} />
        <div>
          <strong>{headline}</strong>
          <span className="muted"> · PostgreSQL {version}</span>
          {waitingFor === undefined ? null : <p>Waiting for {waitingFor}</p>}
          {problem === undefined ? null : <p>{problem}</p>}
          {remedy === undefined ? null : <p className="db-remedy">{remedy}</p>}
        </div>
      </div>
    </div>
  );
}

function Manifest({ database }: { readonly database: DatabaseDetail }) {
  return (
    <div className="stack">
      <div className="row between wrap">
        <p className="muted">
          What Kubernetes keeps of this database. Put it under version control, change it with kubectl or here: both are
          the same.
        </p>
        <CopyButton text={yamlText(database.manifest)} label="Copy manifest" />
      </div>
      <YamlView value={database.manifest} label="Manifest" />
    </div>
  );
}

function Gone({ namespace, name }: Key) {
  return (
    <div className="card gone">
      <h1>There is no database {name}</h1>
      <p className="muted">
        None of that name is in the namespace {namespace}. If it was here a moment ago, it has been deleted.
      </p>
      <div>
        <Button renderRoot={(props) => <Link {...props} to="/databases" />}>To the databases</Button>
      </div>
    </div>
  );
}
