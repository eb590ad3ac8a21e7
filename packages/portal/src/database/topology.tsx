/** The drawing of a database: applications, poolers, primary, replicas, and how far behind each is. */
import type { DatabaseDetail, Helper, Instance } from "@keelson/server/api";
import type { ReactNode } from "react";
import { bytesText } from "../components/bytes.ts";
import { Card } from "../components/card.tsx";
import { StatusGlyph, Tag } from "../components/status.tsx";
import "./topology.css";

export function TopologyCard({ database }: { readonly database: DatabaseDetail }) {
  const { instances, poolers, repositories, synchronous } = database.topology;
  const primary = instances.find((instance) => instance.role === "primary");
  const others = instances.filter((instance) => instance !== primary);
  const wantsPoolers = database.poolers.wanted > 0;
  if (instances.length === 0 && poolers.length === 0) {
    return (
      <Card title="Topology">
        <p className="muted">
          {database.phase === "paused"
            ? "Nothing runs: the database is paused and its volumes are kept."
            : "Nothing runs yet."}
        </p>
      </Card>
    );
  }
  return (
    <Card
      title="Topology"
      aside={
        instances.length > 1 ? (
          <span className="muted small">
            {synchronous ? "Synchronous: a commit waits for a replica" : "Asynchronous replication"}
          </span>
        ) : null
      }
    >
      <div className="topology">
        {wantsPoolers ? (
          <Column title="Poolers">
            {poolers.map((pooler) => (
              <HelperNode key={pooler.pod} helper={pooler} />
            ))}
            <Missing wanted={database.poolers.wanted} present={poolers.length} noun="pooler" />
          </Column>
        ) : null}
        {wantsPoolers ? <Wire label="writes" /> : null}
        <Column title="Primary">
          {primary === undefined ? (
            <div className="node node-missing">
              <span>No primary yet</span>
            </div>
          ) : (
            <InstanceNode instance={primary} />
          )}
        </Column>
        <div className="topology-branches">
          {others.length > 0 || database.instances.wanted > 1 ? (
            <Branch label="log" title={primary === undefined ? "Instances" : "Replicas"}>
              {others.map((instance) => (
                <InstanceNode key={instance.pod} instance={instance} />
              ))}
              <Missing
                wanted={database.instances.wanted - (primary === undefined ? 0 : 1)}
                present={others.length}
                noun="instance"
              />
            </Branch>
          ) : null}
          {repositories.length > 0 ? (
            <Branch label="archive" title="Backup repository">
              {repositories.map((repository) => (
                <HelperNode key={repository.pod} helper={repository} />
              ))}
            </Branch>
          ) : null}
        </div>
      </div>
    </Card>
  );
}

function Column({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <div className="topology-column">
      <h3>{title}</h3>
      <ul>{children}</ul>
    </div>
  );
}

/** What the primary feeds, with the wire from it. */
function Branch({
  label,
  title,
  children,
}: {
  readonly label: string;
  readonly title: string;
  readonly children: ReactNode;
}) {
  return (
    <div className="topology-branch">
      <Wire label={label} />
      <Column title={title}>{children}</Column>
    </div>
  );
}

function Wire({ label }: { readonly label: string }) {
  return (
    <div className="wire" aria-hidden="true">
      <span>{label}</span>
      <svg aria-hidden="true" viewBox="0 0 44 10" preserveAspectRatio="none" focusable="false">
        <path d="M0 5h40M36 2l4 3-4 3" />
      </svg>
    </div>
  );
}

function InstanceNode({ instance }: { readonly instance: Instance }) {
  return (
    <li className={`node node-${instance.level}${instance.role === "primary" ? " node-primary" : ""}`}>
      <div className="node-head">
        <StatusGlyph level={instance.level} />
        <span className="node-name">{instance.name}</span>
      </div>
      <div className="node-facts">
        <span>{instance.state}</span>
        {instance.role === "replica" && instance.ready ? <Lag bytes={instance.lagBytes} /> : null}
        {instance.node === undefined ? null : <span className="muted">on {instance.node}</span>}
        {instance.restarts > 0 ? (
          <span className="muted">{`${instance.restarts} restart${instance.restarts === 1 ? "" : "s"}`}</span>
        ) : null}
      </div>
      {instance.waitingFor === undefined ? null : <div className="node-waiting">Waiting for {instance.waitingFor}</div>}
    </li>
  );
}

/** A replica is drawn as lagging from the size of one log segment on. */
const SEGMENT_BYTES = 16 * 1024 * 1024;

function Lag({ bytes }: { readonly bytes: number | undefined }) {
  if (bytes === undefined) return <span className="muted">lag not known yet</span>;
  if (bytes === 0) return <Tag level="good">no lag</Tag>;
  return <Tag level={bytes < SEGMENT_BYTES ? "good" : "working"}>{bytesText(bytes)} behind</Tag>;
}

function HelperNode({ helper }: { readonly helper: Helper }) {
  return (
    <li className={`node node-${helper.level}`}>
      <div className="node-head">
        <StatusGlyph level={helper.level} />
        <span className="node-name">{helper.pod}</span>
      </div>
      <div className="node-facts">
        {helper.node === undefined ? null : <span className="muted">on {helper.node}</span>}
        {helper.restarts > 0 ? <span className="muted">{`${helper.restarts} restarts`}</span> : null}
      </div>
      {helper.waitingFor === undefined ? null : <div className="node-waiting">Waiting for {helper.waitingFor}</div>}
    </li>
  );
}

function Missing({
  wanted,
  present,
  noun,
}: {
  readonly wanted: number;
  readonly present: number;
  readonly noun: string;
}) {
  const left = wanted - present;
  if (left <= 0) return null;
  return (
    <li className="node node-missing">
      <span>{`${left} more ${noun}${left === 1 ? "" : "s"} to come`}</span>
    </li>
  );
}
