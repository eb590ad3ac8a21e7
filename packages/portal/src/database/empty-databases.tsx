/** What a person sees before there is anything: what will happen, and three ways to make it happen. */
import { Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { CopyButton } from "../components/copy-button.tsx";
import { PlusIcon } from "../components/icons.tsx";
import "./empty-databases.css";

const commands = [
  ["With the command line", "./keelson db create orders"],
  ["With a manifest you have already", "kubectl apply -f cr.yaml"],
] as const;

export function EmptyDatabases() {
  return (
    <div className="card empty">
      <Picture />
      <h2>Your first database is one page away</h2>
      <p className="muted">
        Give it a name; the rest has sensible answers: three instances, so that one may fail without losing a commit,
        poolers in front, encrypted connections, and backups that reach back to any second.
      </p>
      <Button size="md" leftSection={<PlusIcon />} renderRoot={(props) => <Link {...props} to="/create" />}>
        Create database
      </Button>
      <dl className="empty-ways">
        {commands.map(([title, command]) => (
          <div key={command}>
            <dt>{title}</dt>
            <dd>
              <code>{command}</code>
              <CopyButton text={command} label="Copy command" />
            </dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

function Picture() {
  return (
    <svg className="empty-picture" viewBox="0 0 220 96" aria-hidden="true" focusable="false">
      <g className="empty-lines">
        <path d="M58 48h34M128 48h22M150 48V22h16M150 48v26h16" />
      </g>
      <rect x="16" y="34" width="42" height="28" rx="7" />
      <rect x="92" y="30" width="36" height="36" rx="8" className="empty-primary" />
      <rect x="166" y="8" width="30" height="28" rx="7" />
      <rect x="166" y="60" width="30" height="28" rx="7" />
    </svg>
  );
}
