/** One's own account: the password. */
import { Button, PasswordInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { call } from "../api/client.ts";
import { sessionQuery } from "../api/queries.ts";
import { useAnnouncer } from "../components/announcer.tsx";
import { Card } from "../components/card.tsx";
import { usePageTitle } from "../components/page-title.ts";
import { ProblemNote } from "../components/problem.tsx";

const MIN_LENGTH = 12;

export function AccountPage() {
  usePageTitle("Account");
  const queries = useQueryClient();
  const navigate = useNavigate();
  const { confirm } = useAnnouncer();
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const [again, setAgain] = useState("");
  const change = useMutation({
    mutationFn: () => call("/account/password", { method: "PUT", body: { current, next } }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: sessionQuery.queryKey });
      confirm("The password was changed. Your other sessions have ended.");
      await navigate({ to: "/databases" });
    },
  });
  const tooShort = next !== "" && next.length < MIN_LENGTH;
  const differs = again !== "" && again !== next;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    change.mutate();
  };
  return (
    <div className="stack" style={{ maxWidth: 460 }}>
      <h1>Account</h1>
      <Card title="Change password">
        <form className="stack" onSubmit={submit}>
          {change.isError ? <ProblemNote error={change.error} /> : null}
          <PasswordInput
            label="Current password"
            autoComplete="current-password"
            required
            value={current}
            onChange={(event) => setCurrent(event.currentTarget.value)}
          />
          <PasswordInput
            label="New password"
            description={`At least ${MIN_LENGTH} characters; a few words that only you put together are good.`}
            autoComplete="new-password"
            required
            value={next}
            onChange={(event) => setNext(event.currentTarget.value)}
            error={tooShort ? `${MIN_LENGTH - next.length} more characters are needed.` : undefined}
          />
          <PasswordInput
            label="New password again"
            autoComplete="new-password"
            required
            value={again}
            onChange={(event) => setAgain(event.currentTarget.value)}
            error={differs ? "The two are not the same." : undefined}
          />
          <div>
            <Button
              type="submit"
              loading={change.isPending}
              disabled={current === "" || next.length < MIN_LENGTH || again !== next}
            >
              Change password
            </Button>
          </div>
        </form>
      </Card>
    </div>
  );
}
