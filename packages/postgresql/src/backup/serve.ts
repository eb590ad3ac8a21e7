import * as paths from "../cluster/paths.ts";

/** As the kernel writes an established connection to the server's port. */
const CONNECTION = `:${paths.BACKUP_PORT.toString(16).toUpperCase()} [0-9A-F]*:[0-9A-F]* 01 `;

/**
 * What the `pgbackrest` container of the repository host runs: the server, restarted when it dies, told to read its
 * files again when Kubernetes has replaced them. When it is to end it serves on until nobody has been connected for three seconds,
 * twenty at most: a primary that ends at the same time, with its node, archives its last segment before it is done.
 * A constant: nothing of the user's is in it.
 */
export const SERVE_BACKUPS = `
set -u
mkdir -p /tmp/pgbackrest
for repo in \${KEELSON_REPOS-}; do mkdir -p "$repo/log"; done
stop=0
trap 'stop=1' TERM INT
seen() { readlink /etc/pgbackrest/conf.d/..data /etc/pgbackrest/server/..data; }
files=$(seen)
while [ "$stop" = 0 ]; do
  pgbackrest server & server=$!
  while kill -0 "$server" 2>/dev/null; do
    sleep 5 & wait $!
    [ "$stop" = 1 ] && break 2
    if [ "$(seen)" != "$files" ]; then files=$(seen); kill -HUP "$server" 2>/dev/null; fi
  done
  wait "$server"
done
quiet=0 waited=0
while [ "$quiet" -lt 6 ] && [ "$waited" -lt 40 ]; do
  if grep -qs "${CONNECTION}" /proc/net/tcp /proc/net/tcp6; then quiet=0; else quiet=$((quiet + 1)); fi
  waited=$((waited + 1))
  sleep 0.5
done
kill -TERM "$server" 2>/dev/null
wait "$server"
`;
