/** Which address shows which page. Everything but the sign-in needs a session. */
import type { QueryClient } from "@tanstack/react-query";
import { createRootRouteWithContext, createRoute, createRouter, Outlet, redirect } from "@tanstack/react-router";
import { nextPath } from "./api/next-path.ts";
import { sessionQuery } from "./api/queries.ts";
import { Shell } from "./components/shell.tsx";
import { AccountPage } from "./pages/account.tsx";
import { CreatePage } from "./pages/create.tsx";
import { DatabasePage, isTab, type Tab } from "./pages/database.tsx";
import { DatabasesPage } from "./pages/databases.tsx";
import { ErrorPage, NotFoundPage } from "./pages/not-found.tsx";
import { SignInPage } from "./pages/sign-in.tsx";

interface Context {
  readonly queries: QueryClient;
}

const root = createRootRouteWithContext<Context>()({
  component: Outlet,
  notFoundComponent: NotFoundPage,
  errorComponent: ErrorPage,
});

const signIn = createRoute({
  getParentRoute: () => root,
  path: "/sign-in",
  validateSearch: (search: Record<string, unknown>): { next?: string } => {
    const next = nextPath(search["next"]);
    return next === undefined ? {} : { next };
  },
  beforeLoad: async ({ context, search }) => {
    if ((await context.queries.ensureQueryData(sessionQuery)) !== null)
      throw redirect({ href: search.next ?? "/databases" });
  },
  component: SignInPage,
});

const inside = createRoute({
  getParentRoute: () => root,
  id: "inside",
  beforeLoad: async ({ context, location }) => {
    const session = await context.queries.ensureQueryData(sessionQuery);
    if (session === null) throw redirect({ to: "/sign-in", search: { next: location.href } });
    return { session };
  },
  component: function Inside() {
    const { session } = inside.useRouteContext();
    return (
      <Shell username={session.username}>
        <Outlet />
      </Shell>
    );
  },
});

const home = createRoute({
  getParentRoute: () => inside,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/databases", replace: true });
  },
});

const databases = createRoute({ getParentRoute: () => inside, path: "/databases", component: DatabasesPage });
const create = createRoute({ getParentRoute: () => inside, path: "/create", component: CreatePage });
const account = createRoute({ getParentRoute: () => inside, path: "/account", component: AccountPage });

const database = createRoute({
  getParentRoute: () => inside,
  path: "/databases/$namespace/$name",
  validateSearch: (search: Record<string, unknown>): { tab?: Tab } =>
    isTab(search["tab"]) ? { tab: search["tab"] } : {},
  component: function Database() {
    const { namespace, name } = database.useParams();
    const { tab = "overview" } = database.useSearch();
    return <DatabasePage key={`${namespace}/${name}`} namespace={namespace} name={name} tab={tab} />;
  },
});

const tree = root.addChildren([signIn, inside.addChildren([home, databases, create, account, database])]);

export function createAppRouter(queries: QueryClient) {
  return createRouter({ routeTree: tree, context: { queries }, scrollRestoration: true });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}
