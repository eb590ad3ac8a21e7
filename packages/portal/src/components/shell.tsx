/** The frame of every page behind the sign-in: bar, live indicator, account, main. */
import { ActionIcon, Menu, Tooltip, useMantineColorScheme } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { type ReactNode, useEffect } from "react";
import { call } from "../api/client.ts";
import { sessionQuery } from "../api/queries.ts";
import { openStream, useLiveState } from "../api/stream.ts";
import { useAnnouncer } from "./announcer.tsx";
import { MoonIcon, SunIcon, SystemIcon, UserIcon } from "./icons.tsx";
import "./shell.css";

export function Shell({ username, children }: { readonly username: string; readonly children: ReactNode }) {
  const queries = useQueryClient();
  const { announce } = useAnnouncer();
  useEffect(() => openStream(queries, ({ text }) => announce(text)), [queries, announce]);
  useSignInAgain();
  return (
    <>
      <a className="skip" href="#main">
        Skip to the content
      </a>
      <header className="bar">
        <Link to="/databases" className="brand">
          <Mark />
          Keelson
        </Link>
        <nav aria-label="Main" className="bar-nav">
          <Link
            to="/databases"
            activeOptions={{ exact: false }}
            activeProps={{ className: "bar-link bar-link-on" }}
            inactiveProps={{ className: "bar-link" }}
          >
            Databases
          </Link>
        </nav>
        <div className="bar-end">
          <Live />
          <ColorSchemeMenu />
          <AccountMenu username={username} />
        </div>
      </header>
      <main id="main" tabIndex={-1} className="main">
        {children}
      </main>
    </>
  );
}

/** Leads to the sign-in, and back here after it, when the session has ended: by time, in another tab, by a new password. */
function useSignInAgain(): void {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const { data } = useQuery(sessionQuery);
  const ended = data === null;
  useEffect(() => {
    if (!ended) return;
    const { pathname, search } = window.location;
    const others = (query: { readonly queryKey: readonly unknown[] }) => query.queryKey[0] !== sessionQuery.queryKey[0];
    void navigate({ to: "/sign-in", search: { next: pathname + search } }).then(() =>
      queries.removeQueries({ predicate: others }),
    );
  }, [ended, navigate, queries]);
}

export function Mark({ size = 26 }: { readonly size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="8" fill="#0b6e5f" />
      <path d="M9 7v18" stroke="#fff" strokeWidth="3.200" strokeLinecap="round" />
      <path
        d="M23 7c-1 5.500-5 9-14 9 9 0 13 3.500 14 9"
        fill="none"
        stroke="#fff"
        strokeWidth="3.200"
        strokeLinecap="round"
      />
    </svg>
  );
}

function Live() {
  const state = useLiveState();
  const words = { live: "Live", connecting: "Connecting", lost: "Reconnecting" }[state];
  const hint = {
    live: "Changes appear as they happen.",
    connecting: "Opening the stream of changes.",
    lost: "The server does not answer. What you see may be out of date; this page keeps trying.",
  }[state];
  return (
    <Tooltip label={hint} multiline maw={260}>
      <span className={`live live-${state}`} role="status">
        <i aria-hidden="true" />
        <span>{words}</span>
      </span>
    </Tooltip>
  );
}

function ColorSchemeMenu() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const options = [
    ["auto", "Follow the system", <SystemIcon key="auto" />],
    ["light", "Light", <SunIcon key="light" />],
    ["dark", "Dark", <MoonIcon key="dark" />],
  ] as const;
  return (
    <Menu>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label="Light or dark">
          {colorScheme === "dark" ? <MoonIcon /> : colorScheme === "light" ? <SunIcon /> : <SystemIcon />}
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {options.map(([value, text, icon]) => (
          <Menu.Item
            key={value}
            leftSection={icon}
            onClick={() => setColorScheme(value)}
            aria-current={value === colorScheme}
          >
            {text}
            {value === colorScheme ? " ✓" : ""}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function AccountMenu({ username }: { readonly username: string }) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const signOut = async () => {
    await call("/session", { method: "DELETE" }).catch(() => undefined);
    queries.clear();
    queries.setQueryData(sessionQuery.queryKey, null);
    await navigate({ to: "/sign-in" });
  };
  return (
    <Menu>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label={`Account of ${username}`}>
          <UserIcon />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>Signed in as {username}</Menu.Label>
        <Menu.Item onClick={() => void navigate({ to: "/account" })}>Change password</Menu.Item>
        <Menu.Item component="a" href="/api/v1/openapi.json" target="_blank" rel="noreferrer">
          API description
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item onClick={() => void signOut()}>Sign out</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
