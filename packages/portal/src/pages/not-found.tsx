/** What is shown where nothing is, and where something broke. */
import { Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { usePageTitle } from "../components/page-title.ts";
import { ProblemNote } from "../components/problem.tsx";

export function NotFoundPage() {
  usePageTitle("Not found");
  return (
    <main className="main stack">
      <h1>There is no page here</h1>
      <p className="muted">The address may be mistyped, or what it named has been deleted.</p>
      <div>
        <Button renderRoot={(props) => <Link {...props} to="/databases" />}>To the databases</Button>
      </div>
    </main>
  );
}

export function ErrorPage({ error }: { readonly error: unknown }) {
  usePageTitle("Something went wrong");
  return (
    <main className="main stack">
      <h1>Something went wrong</h1>
      <ProblemNote error={error} onRetry={() => window.location.reload()} />
    </main>
  );
}
