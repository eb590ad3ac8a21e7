/** What can be changed of a running database, and its end. */

import type { DatabaseDetail } from "@keelson/server/api";
import { Button, NumberInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { Card } from "../components/card.tsx";
import { ProblemNote } from "../components/problem.tsx";
import { DeleteDialog } from "./delete-dialog.tsx";
import { type Changes, useUpdate } from "./mutations.ts";
import "./settings.css";

export function Settings({ database }: { readonly database: DatabaseDetail }) {
  return (
    <div className="stack settings">
      {/* A new form when somebody else changed what it shows. */}
      <SizeForm
        key={`${database.instances.wanted} ${database.poolers.wanted} ${database.storage}`}
        database={database}
      />
      <PauseCard database={database} />
      <DangerCard database={database} />
    </div>
  );
}

function SizeForm({ database }: { readonly database: DatabaseDetail }) {
  const update = useUpdate(database);
  const present = Number.parseFloat(database.storage);
  const inGi = database.storage.endsWith("Gi");
  const [instances, setInstances] = useState(database.instances.wanted);
  const [poolers, setPoolers] = useState(database.poolers.wanted);
  const [storage, setStorage] = useState(present);
  const changes: Changes = {
    ...(instances === database.instances.wanted ? {} : { instances }),
    ...(poolers === database.poolers.wanted ? {} : { poolers }),
    ...(storage === present ? {} : { storage: `${storage}Gi` }),
  };
  const changed = Object.keys(changes).length > 0;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    update.mutate(changes);
  };
  return (
    <Card title="Size">
      <form className="stack" onSubmit={submit}>
        <div className="settings-fields">
          <NumberInput
            label="Instances"
            description="One primary, the others replicas."
            min={1}
            max={9}
            value={instances}
            onChange={(value) => setInstances(Number(value) || 1)}
          />
          <NumberInput
            label="Poolers"
            description="0 takes them away."
            min={0}
            max={9}
            value={poolers}
            onChange={(value) => setPoolers(Number(value) || 0)}
          />
          {inGi ? (
            <NumberInput
              label="Storage for each instance"
              description="Can only grow."
              suffix=" GiB"
              min={present}
              value={storage}
              onChange={(value) => setStorage(Number(value) || present)}
            />
          ) : null}
        </div>
        {changed ? <p className="small">{consequences(database, changes)}</p> : null}
        {update.isError ? <ProblemNote error={update.error} /> : null}
        <div>
          <Button type="submit" disabled={!changed || database.phase === "deleting"} loading={update.isPending}>
            Apply
          </Button>
        </div>
      </form>
    </Card>
  );
}

function consequences(database: DatabaseDetail, { instances, poolers, storage }: Changes): string {
  const words: string[] = [];
  if (instances !== undefined && instances > database.instances.wanted)
    words.push("New replicas are copied from a backup or the primary; nothing is interrupted.");
  if (instances !== undefined && instances < database.instances.wanted)
    words.push("Replicas are taken away; the primary stays. Their volumes are kept.");
  if (poolers === 0) words.push("Applications that use the pooler must connect to the primary instead.");
  else if (poolers !== undefined)
    words.push("Poolers are added or taken away; connections through one that goes break once.");
  if (storage !== undefined)
    words.push("The volumes grow while the database runs, where the storage class can do that.");
  return words.join(" ");
}

function PauseCard({ database }: { readonly database: DatabaseDetail }) {
  const update = useUpdate(database);
  const paused = database.phase === "paused" || database.phase === "pausing";
  return (
    <Card title={paused ? "Resume" : "Pause"}>
      <div className="stack">
        <p className="muted">
          {paused
            ? "Starts all instances again with the data they had."
            : "Stops all instances and poolers. The data and the settings are kept; scheduled backups are left out until it is resumed."}
        </p>
        {update.isError ? <ProblemNote error={update.error} /> : null}
        <div>
          <Button
            variant="default"
            loading={update.isPending}
            disabled={database.phase === "deleting" || database.phase === "restoring"}
            onClick={() => update.mutate({ paused: !paused })}
          >
            {paused ? `Resume ${database.name}` : `Pause ${database.name}`}
          </Button>
        </div>
      </div>
    </Card>
  );
}

function DangerCard({ database }: { readonly database: DatabaseDetail }) {
  const [open, setOpen] = useState(false);
  return (
    <Card title="Delete">
      <div className="stack">
        <p className="muted">Stops everything and removes the database. You choose what becomes of its data.</p>
        <div>
          <Button variant="outline" color="red" disabled={database.phase === "deleting"} onClick={() => setOpen(true)}>
            Delete {database.name} …
          </Button>
        </div>
      </div>
      {open ? <DeleteDialog database={database} onClose={() => setOpen(false)} /> : null}
    </Card>
  );
}
