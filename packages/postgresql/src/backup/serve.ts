/**
 * What the `pgbackrest` container of the repository host runs: the server, restarted when it dies, told to read its
 * files again when Kubernetes has replaced them. A constant: nothing of the user's is in it.
 */
export const SERVE_BACKUPS = `
set -u
mkdir -p /tmp/pgbackrest
for repo in \${KEELSON_REPOS-}; do mkdir -p "$repo/log"; done
stop=0
trap 'stop=1; kill -TERM "$server" 2>/dev/null' TERM INT
seen() { readlink /etc/pgbackrest/conf.d/..data /etc/pgbackrest/server/..data; }
files=$(seen)
while [ "$stop" = 0 ]; do
  pgbackrest server & server=$!
  while kill -0 "$server" 2>/dev/null; do
    sleep 5 & wait $!
    [ "$stop" = 1 ] && break
    if [ "$(seen)" != "$files" ]; then files=$(seen); kill -HUP "$server" 2>/dev/null; fi
  done
  wait "$server"
done
`;
