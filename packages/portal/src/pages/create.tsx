/** Creating a database on one page, with the manifest beside it as it is typed. */

import type { DatabaseDetail } from "@keelson/server/api";
import { DEFAULT_VERSION, databaseManifest, defaults, sizeOf, sizes } from "@keelson/server/manifest";
import { Button, NumberInput, Select, Switch, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { type FormEvent, type ReactNode, useMemo, useState } from "react";
import { call } from "../api/client.ts";
import { ApiProblem } from "../api/problem.ts";
import { catalogueQuery, databaseQuery, databasesQuery } from "../api/queries.ts";
import { useTryKey } from "../api/try-key.ts";
import { quantityText } from "../components/bytes.ts";
import { Card } from "../components/card.tsx";
import { Choices } from "../components/choices.tsx";
import { usePageTitle } from "../components/page-title.ts";
import { ProblemNote } from "../components/problem.tsx";
import { YamlView } from "../components/yaml-view.tsx";
import {
  type Draft,
  initialDraft,
  nameTrouble,
  promises,
  requestOf,
  type Schedule,
  schedules,
} from "../database/draft.ts";
import "./create.css";

export function CreatePage() {
  usePageTitle("Create database");
  const [draft, setDraft] = useState(initialDraft);
  const set = <K extends keyof Draft>(key: K, value: Draft[K]) => setDraft((known) => ({ ...known, [key]: value }));
  const catalogue = useQuery(catalogueQuery);
  const databases = useQuery(databasesQuery);
  const queries = useQueryClient();
  const navigate = useNavigate();
  // A repeat after a lost answer is answered with the database that the first one made.
  const key = useTryKey();
  const request = requestOf(draft);
  const taken = (databases.data ?? []).filter((one) => one.namespace === draft.namespace).map((one) => one.name);
  const trouble = nameTrouble(draft.name, taken);
  const manifest = useMemo(() => databaseManifest({ ...requestOf(draft), name: draft.name || "my-database" }), [draft]);
  const create = useMutation({
    mutationFn: () =>
      call<DatabaseDetail>("/databases", { method: "POST", body: request, idempotencyKey: key.for(request) }),
    onSuccess: async (database) => {
      queries.setQueryData(databaseQuery(database).queryKey, database);
      await queries.invalidateQueries({ queryKey: databasesQuery.queryKey });
      await navigate({
        to: "/databases/$namespace/$name",
        params: { namespace: database.namespace, name: database.name },
      });
    },
    onSettled: (_answer, error) => key.ended(error ?? undefined),
  });
  const refused = create.error instanceof ApiProblem ? create.error.problem : undefined;
  const fieldError = (field: string) => (refused?.field === field ? refused.detail : undefined);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (draft.name === "" || trouble !== undefined) {
      document.querySelector<HTMLInputElement>("input[name=name]")?.focus();
      return;
    }
    create.mutate();
  };
  return (
    <form className="create" onSubmit={submit} noValidate>
      <div className="page-head">
        <div>
          <nav aria-label="Breadcrumb" className="crumbs">
            <Link to="/databases">Databases</Link>
          </nav>
          <h1>Create PostgreSQL</h1>
        </div>
      </div>
      <div className="create-columns">
        <div className="stack create-form">
          {create.isError ? <ProblemNote error={create.error} /> : null}
          <Card title="Name and version">
            <div className="create-pair">
              <TextInput
                name="name"
                label="Name"
                description="Also the name of its first user and database."
                placeholder="orders"
                required
                autoFocus
                autoComplete="off"
                autoCapitalize="none"
                spellCheck={false}
                value={draft.name}
                onChange={(event) => set("name", event.currentTarget.value)}
                error={trouble ?? fieldError("/name")}
              />
              <Select
                label="Namespace"
                description="Where it lives in Kubernetes."
                data={[...new Set([...(catalogue.data?.namespaces ?? [defaults.namespace]), draft.namespace])]}
                value={draft.namespace}
                onChange={(value) => set("namespace", value ?? defaults.namespace)}
                error={fieldError("/namespace")}
                comboboxProps={{ withinPortal: true }}
              />
            </div>
            <Choices
              legend="Version"
              value={draft.version}
              onChange={(version) => set("version", version)}
              options={(catalogue.data?.versions ?? [{ version: DEFAULT_VERSION, isDefault: true }]).map(
                ({ version, isDefault }) => ({
                  value: version,
                  title: `PostgreSQL ${version}`,
                  ...(isDefault ? { note: "default" } : {}),
                }),
              )}
            />
          </Card>
          <Card title="Size">
            <Choices
              legend="Each instance"
              value={draft.size}
              onChange={(size) => set("size", size)}
              options={sizeOptions}
            />
            <NumberInput
              label="Storage for each instance"
              description="Can be made larger later, never smaller."
              suffix=" GiB"
              min={1}
              max={65_536}
              clampBehavior="blur"
              allowDecimal={false}
              value={draft.storageGi}
              onChange={(value) => set("storageGi", Math.max(1, Number(value) || 1))}
              error={fieldError("/storage")}
              maw={240}
            />
          </Card>
          <Card title="Availability">
            <Choices
              legend="Instances"
              value={String(draft.instances)}
              onChange={(value) => set("instances", Number(value))}
              options={[
                { value: "1", title: "1", note: "for trying out" },
                { value: "2", title: "2", note: "survives one failure" },
                { value: "3", title: "3", note: "stays redundant after one" },
                { value: "5", title: "5", note: "more readers" },
              ]}
            />
            <Choices
              legend="Poolers"
              value={String(draft.poolers)}
              onChange={(value) => set("poolers", Number(value))}
              options={[
                { value: "0", title: "None" },
                { value: "1", title: "1" },
                { value: "2", title: "2", note: "one may fail" },
                { value: "3", title: "3" },
              ]}
            />
            <Switch
              label="Reachable from outside Kubernetes"
              description="Gives the primary and the poolers an address of a load balancer."
              checked={draft.exposed}
              onChange={(event) => set("exposed", event.currentTarget.checked)}
            />
          </Card>
          <BackupsCard draft={draft} set={set} cronError={fieldError("/backups/schedule")} />
        </div>
        <aside className="create-side" aria-label="What will be made">
          <Card title="What you get">
            <ul className="promises">
              {promises(draft).map((sentence) => (
                <li key={sentence}>{sentence}</li>
              ))}
            </ul>
            <Totals draft={draft} />
            <Button type="submit" size="md" fullWidth loading={create.isPending} mt={16}>
              Create {draft.name === "" ? "database" : draft.name}
            </Button>
          </Card>
          <section className="create-manifest" aria-labelledby="create-manifest-title">
            <h2 id="create-manifest-title">The manifest this applies</h2>
            <YamlView value={manifest} label="Manifest" />
          </section>
        </aside>
      </div>
    </form>
  );
}

const sizeOptions = sizes.map(({ id, title, cpus, memory }) => ({
  value: id,
  title,
  note: `${quantityText(memory)}, ${cpus} CPU`,
}));

interface BackupsCardProps {
  readonly draft: Draft;
  readonly set: <K extends keyof Draft>(key: K, value: Draft[K]) => void;
  readonly cronError: ReactNode;
}

function BackupsCard({ draft, set, cronError }: BackupsCardProps) {
  return (
    <Card
      title="Backups"
      aside={
        <Switch
          aria-label="Backups"
          checked={draft.backups}
          onChange={(event) => set("backups", event.currentTarget.checked)}
        />
      }
    >
      {draft.backups ? (
        <div className="create-pair">
          <Select
            label="When"
            description="Times are UTC. The log is archived at all times."
            data={Object.entries(schedules).map(([value, { title }]) => ({ value, label: title }))}
            value={draft.schedule}
            onChange={(value) => set("schedule", (value ?? "nightly") as Schedule)}
          />
          <NumberInput
            label="Full backups kept"
            description="Older ones are removed with their log."
            min={1}
            max={999}
            allowDecimal={false}
            value={draft.keepFull}
            onChange={(value) => set("keepFull", Math.max(1, Number(value) || 1))}
          />
          {draft.schedule === "custom" ? (
            <TextInput
              label="Schedule of full backups"
              description="Minute, hour, day of month, month, day of week, e.g. 0 1 * * * for every night at one."
              value={draft.cron}
              onChange={(event) => set("cron", event.currentTarget.value)}
              error={cronError}
              className="mono"
            />
          ) : null}
        </div>
      ) : (
        <p className="muted">Switched off. Without backups, a mistake or a broken volume loses the data.</p>
      )}
    </Card>
  );
}

function Totals({ draft }: { readonly draft: Draft }) {
  const total = sizeOf(draft.size).memoryMiB * draft.instances;
  return (
    <dl className="totals" aria-label="Totals">
      <div>
        <dt>Memory</dt>
        <dd className="tabular">{total >= 1024 ? `${total / 1024} GiB` : `${total} MiB`}</dd>
      </div>
      <div>
        <dt>Data</dt>
        <dd className="tabular">{draft.instances * draft.storageGi} GiB</dd>
      </div>
      <div>
        <dt>Backups</dt>
        <dd className="tabular">{draft.backups ? `${draft.storageGi} GiB` : "none"}</dd>
      </div>
    </dl>
  );
}
