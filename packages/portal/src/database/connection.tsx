/** How to connect: endpoint, user, password on demand, and a line to paste. */

import type { Connection, Credentials, DatabaseDetail, Endpoint } from "@keelson/server/api";
import { Button, SegmentedControl, Select } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { call } from "../api/client.ts";
import { connectionQuery, pathOf } from "../api/queries.ts";
import { Card } from "../components/card.tsx";
import { FieldRow } from "../components/field-row.tsx";
import { EyeIcon, EyeOffIcon } from "../components/icons.tsx";
import { ProblemNote } from "../components/problem.tsx";
import { maskedUri } from "./masked-uri.ts";
import "./connection.css";

/** A shown password hides again after this long. */
const SHOWN_MS = 60_000;
const dots = "••••••••••••••••";

export function ConnectionCard({ database }: { readonly database: DatabaseDetail }) {
  const query = useQuery(connectionQuery(database));
  const { refetch } = query;
  const readRevealed = () => call<Connection>(`${pathOf(database)}/connection?reveal=true`);
  const reveal = useMutation({ mutationFn: readRevealed });
  const { reset } = reveal;
  const [endpointId, setEndpointId] = useState<string>();
  const [userName, setUserName] = useState<string>();
  // Addresses of load balancers come when the parts are up.
  const readiness = `${database.phase} ${database.endpoint ?? ""}`;
  // biome-ignore lint/correctness/useExhaustiveDependencies: read again when the database's readiness changes
  useEffect(() => void refetch(), [readiness, refetch]);
  useEffect(() => {
    if (!reveal.isSuccess) return undefined;
    const timer = setTimeout(reset, SHOWN_MS);
    return () => clearTimeout(timer);
  }, [reveal.isSuccess, reset]);
  const connection = reveal.data ?? query.data;
  const endpoint = connection?.endpoints.find((one) => one.id === endpointId) ?? connection?.endpoints[0];
  const users = connection?.users ?? [];
  const user = users.find((one) => one.user === userName) ?? users[0];
  // Copying does not show: somebody may look over the shoulder.
  const fetchRevealed = async () => reveal.data ?? (await readRevealed());
  return (
    <Card
      title="Connect"
      aside={
        <Button
          variant="default"
          size="xs"
          leftSection={reveal.isSuccess ? <EyeOffIcon /> : <EyeIcon />}
          loading={reveal.isPending}
          onClick={() => (reveal.isSuccess ? reset() : reveal.mutate())}
        >
          {reveal.isSuccess ? "Hide password" : "Show password"}
        </Button>
      }
    >
      <div className="stack">
        {query.isError ? <ProblemNote error={query.error} onRetry={() => void query.refetch()} /> : null}
        {reveal.isError ? <ProblemNote error={reveal.error} /> : null}
        {connection === undefined || endpoint === undefined || user === undefined ? null : (
          <>
            <SegmentedControl
              aria-label="Endpoint"
              value={endpoint.id}
              onChange={setEndpointId}
              data={connection.endpoints.map(({ id, title }) => ({ value: id, label: title }))}
              fullWidth
            />
            <p className="muted small">{endpoint.use}</p>
            {users.length < 2 ? null : (
              <Select
                label="User"
                data={users.map((one) => one.user)}
                value={user.user}
                onChange={(value) => setUserName(value ?? undefined)}
                allowDeselect={false}
              />
            )}
            {reveal.isSuccess && user.password === undefined ? (
              <p className="small">
                The user's Secret does not exist yet: the operator makes it when the first instance is up.
              </p>
            ) : null}
            <ConnectionFields
              endpoint={endpoint}
              user={user}
              fetchUser={async () => (await fetchRevealed()).users.find((one) => one.user === user.user)}
            />
          </>
        )}
      </div>
    </Card>
  );
}

interface FieldsProps {
  readonly endpoint: Endpoint;
  readonly user: Credentials;
  /** The user with the password, read when it is needed. */
  readonly fetchUser: () => Promise<Credentials | undefined>;
}

function ConnectionFields({ endpoint, user, fetchUser }: FieldsProps) {
  const { password } = user;
  const shown = (id: string) => (password === undefined ? maskedUri(user.uris[id] ?? "") : (user.uris[id] ?? ""));
  const full = async (id: string) => {
    const known = await fetchUser();
    const uri = known?.uris[id];
    if (known?.password === undefined || uri === undefined) throw new Error("no password yet");
    return uri;
  };
  const outside = `${endpoint.id}-external`;
  return (
    <div>
      {endpoint.external === undefined ? null : (
        <FieldRow
          label="From outside"
          value={`psql '${shown(outside)}'`}
          copy={async () => `psql '${await full(outside)}'`}
        />
      )}
      <FieldRow label="Inside Kubernetes" value={shown(endpoint.id)} copy={() => full(endpoint.id)} />
      <FieldRow label="Host" value={endpoint.host} />
      <FieldRow label="Port" value={String(endpoint.port)} />
      <FieldRow label="User" value={user.user} />
      <FieldRow
        label="Password"
        value={password ?? ""}
        shown={
          password ?? (
            <>
              <span aria-hidden="true">{dots}</span>
              <span className="hidden-visually">hidden</span>
            </>
          )
        }
        copy={async () => (await fetchUser())?.password ?? Promise.reject(new Error("no password yet"))}
      />
      <FieldRow label="Database" value={user.database ?? "postgres"} />
      <FieldRow label="Secret" value={user.secret} />
    </div>
  );
}
