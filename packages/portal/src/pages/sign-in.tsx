/** Signing in with a local account. */

import type { Session } from "@keelson/server/api";
import { Button, PasswordInput, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRouter, useSearch } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { call, rememberCsrfToken } from "../api/client.ts";
import { sessionQuery } from "../api/queries.ts";
import { usePageTitle } from "../components/page-title.ts";
import { ProblemNote } from "../components/problem.tsx";
import { Mark } from "../components/shell.tsx";
import "./sign-in.css";

export function SignInPage() {
  usePageTitle("Sign in");
  const { next = "/databases" } = useSearch({ from: "/sign-in" });
  const router = useRouter();
  const queries = useQueryClient();
  const [username, setUsername] = useState("admin");
  const [password, setPassword] = useState("");
  const signIn = useMutation({
    mutationFn: () => call<Session>("/session", { method: "POST", body: { username, password } }),
    onSuccess: async (session) => {
      rememberCsrfToken(session.csrfToken);
      queries.setQueryData(sessionQuery.queryKey, session);
      await router.navigate({ href: next });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    signIn.mutate();
  };
  return (
    <main className="sign-in">
      <form className="sign-in-card" onSubmit={submit} aria-labelledby="sign-in-title">
        <div className="sign-in-brand">
          <Mark size={40} />
          <div>
            <h1 id="sign-in-title">Keelson</h1>
            <p className="muted">PostgreSQL on Kubernetes, looked after</p>
          </div>
        </div>
        {signIn.isError ? <ProblemNote error={signIn.error} /> : null}
        <TextInput
          label="User name"
          name="username"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          required
          value={username}
          onChange={(event) => setUsername(event.currentTarget.value)}
          size="md"
        />
        <PasswordInput
          label="Password"
          name="password"
          autoComplete="current-password"
          required
          autoFocus
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          visibilityToggleButtonProps={{ "aria-label": "Show or hide the password", tabIndex: 0 }}
          size="md"
        />
        <Button
          type="submit"
          size="md"
          loading={signIn.isPending}
          disabled={username === "" || password === ""}
          fullWidth
        >
          Sign in
        </Button>
        <details className="sign-in-help">
          <summary>First time here?</summary>
          <p>
            The first password of <code>admin</code> was written to the file <code>initial-admin-password</code> in the
            server's data directory when it started: by default
          </p>
          <pre>sudo cat /var/lib/keelson/server/initial-admin-password</pre>
        </details>
      </form>
    </main>
  );
}
