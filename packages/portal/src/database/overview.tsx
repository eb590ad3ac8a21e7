/** The database at a glance: progress, topology, how to connect, conditions. */
import type { Condition, DatabaseDetail, Step } from "@keelson/server/api";
import { quantityText } from "../components/bytes.ts";
import { Card } from "../components/card.tsx";
import { StatusGlyph } from "../components/status.tsx";
import { Ago } from "../components/time.tsx";
import { ConnectionCard } from "./connection.tsx";
import { TopologyCard } from "./topology.tsx";
import "./overview.css";

export function Overview({ database }: { readonly database: DatabaseDetail }) {
  return (
    <div className="overview">
      {database.steps.length === 0 ? null : <Steps steps={database.steps} phase={database.phase} />}
      <TopologyCard database={database} />
      <div className="overview-columns">
        <ConnectionCard database={database} />
        <div className="stack overview-side">
          <Facts database={database} />
          <Conditions conditions={database.conditions} />
        </div>
      </div>
    </div>
  );
}

const stepTitles: Partial<Record<DatabaseDetail["phase"], string>> = { restoring: "Restoring", deleting: "Deleting" };

function Steps({ steps, phase }: { readonly steps: readonly Step[]; readonly phase: DatabaseDetail["phase"] }) {
  const done = steps.filter((step) => step.state === "done").length;
  return (
    <Card
      title={stepTitles[phase] ?? "Getting ready"}
      aside={<span className="muted tabular">{`${done} of ${steps.length} steps`}</span>}
    >
      <ol className="steps">
        {steps.map((step) => (
          <li
            key={step.id}
            className={`step step-${step.state}`}
            aria-current={step.state === "active" ? "step" : undefined}
          >
            <StepMark state={step.state} />
            <div>
              <span>{step.title}</span>
              {step.detail === undefined ? null : <span className="step-detail">Waiting for {step.detail}</span>}
            </div>
          </li>
        ))}
      </ol>
    </Card>
  );
}

function StepMark({ state }: { readonly state: Step["state"] }) {
  if (state === "waiting") return <span className="step-waiting-mark" role="img" aria-label="Later" />;
  const level = state === "done" ? "good" : state === "failed" ? "bad" : "working";
  const words = { done: "Done", failed: "Stuck", active: "Now", waiting: "Later" }[state];
  return <StatusGlyph level={level} label={words} />;
}

function Facts({ database }: { readonly database: DatabaseDetail }) {
  const { backups } = database;
  return (
    <Card title="About">
      <dl className="facts">
        <dt>Version</dt>
        <dd>PostgreSQL {database.version}</dd>
        <dt>Storage</dt>
        <dd>{quantityText(database.storage)} for each instance</dd>
        <dt>Commits</dt>
        <dd>
          {database.topology.synchronous ? "wait until a replica has them" : "are confirmed by the primary alone"}
        </dd>
        <dt>Last backup</dt>
        <dd>
          {backups.lastSucceeded === undefined ? (
            backups.enabled ? (
              "none yet"
            ) : (
              "switched off"
            )
          ) : (
            <Ago at={backups.lastSucceeded.at} />
          )}
        </dd>
        <dt>Created</dt>
        <dd>
          <Ago at={database.createdAt} />
        </dd>
      </dl>
    </Card>
  );
}

function Conditions({ conditions }: { readonly conditions: readonly Condition[] }) {
  return (
    <Card title="Conditions">
      {conditions.length === 0 ? <p className="muted">The operator has reported none yet.</p> : null}
      <ul className="conditions">
        {conditions.map((condition) => (
          <li key={condition.type}>
            <StatusGlyph level={condition.level} />
            <details>
              <summary>
                {condition.title}
                {condition.level === "bad" && condition.message !== "" ? (
                  <span className="condition-message">{condition.message}</span>
                ) : null}
                {condition.remedy === undefined ? null : <span className="condition-remedy">{condition.remedy}</span>}
              </summary>
              <p className="small muted">
                {condition.message === "" || condition.level === "bad" ? "" : `${condition.message} `}
                <code>
                  {condition.type}={condition.status}
                </code>
                {condition.reason === "" ? "" : ` (${condition.reason})`}
                {condition.since === undefined ? null : (
                  <>
                    , <Ago at={condition.since} />
                  </>
                )}
              </p>
            </details>
          </li>
        ))}
      </ul>
    </Card>
  );
}
