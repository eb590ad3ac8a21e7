# A database, a backup, and restores by the agent that succeed, fail, are ended. Prints `WHAT=STATE` for the test to read.
export PGDATA=/pgdata/pg17 KEELSON_WAL=/pgdata/pg17_wal KEELSON_MAJOR=17 HOME=/tmp LC_ALL=C.UTF-8
export PATH=/usr/pgsql-17/bin:/usr/bin:/bin
archive=/pgbackrest/repo1/archive/db/17-1
mkdir -p /tmp/postgres /pgdata/spool /tmp/pgbackrest

say() { echo "$1=$2"; }
sql() { psql -XAtq -h /tmp/postgres -U postgres -c "$1"; }
start() { pg_ctl -D "$PGDATA" -w -l /tmp/pg.log start >/dev/null || { tail -20 /tmp/pg.log >&2; exit 1; }; }
stop() { pg_ctl -D "$PGDATA" -m "$1" stop >/dev/null; }
moment() { sql "SELECT clock_timestamp()"; sleep 0.1; }
rows() { start; say "$1" "$(sql "SELECT array_agg(n ORDER BY n) FROM kept")"; }
kept() { say "$1" "$(ls -d /pgdata/.keelson-restore-began "$KEELSON_WAL.kept" 2>/dev/null | wc -l)"; }
agent() { /keelson/bin/node /keelson/agent/src/main.ts restore >/tmp/agent.log 2>&1; }
restore() { # WHAT MARK OPTIONS...
  what=$1 KEELSON_RESTORED=$2
  shift 2
  list='"--repo=1"'
  for option; do list="$list,\"$option\""; done
  export KEELSON_RESTORED KEELSON_RESTORE_OPTIONS="[$list]"
  agent
  ended=$?
  say "$what" "$ended"
  [ "$ended" = 0 ] || cat /tmp/agent.log >&2
}
why() { say "$1" "$(grep -v '^{' /tmp/agent.log | tail -1)"; }
back() { export KEELSON_RESTORE_BACK=yes; restore "$@"; unset KEELSON_RESTORE_BACK; }

initdb -U postgres -A trust --no-sync -k --waldir="$KEELSON_WAL" -D "$PGDATA" >/dev/null
cat >>"$PGDATA/postgresql.conf" <<CONF
unix_socket_directories='/tmp/postgres'
listen_addresses=''
archive_mode=on
archive_command='pgbackrest --stanza=db archive-push "%p"'
log_min_messages=warning
CONF
start
pgbackrest --stanza=db stanza-create
pgbackrest --stanza=db --type=full backup
# pgBackRest compares a target with the backup's end in whole seconds.
sleep 1
sql "CREATE TABLE kept (n int); INSERT INTO kept VALUES (1)"
first=$(moment)
sql "INSERT INTO kept VALUES (2)"
second=$(moment)
sql "INSERT INTO kept VALUES (3)"
# Archiving fails for a while, so that segments wait for it when PostgreSQL has stopped.
sql "ALTER SYSTEM SET archive_command = 'false'"
sql "SELECT pg_reload_conf()" >/dev/null
sql "SELECT pg_switch_wal()" >/dev/null
sql "ALTER SYSTEM RESET archive_command"
stop fast
say waiting "$(ls "$KEELSON_WAL/archive_status" | grep -c ready)"

chmod 500 "$archive" "$archive"/*
restore refused r0 --type=time "--target=$first" --target-action=promote
kept refused.kept
chmod 700 "$archive" "$archive"/*
restore first r1 --type=time "--target=$first" --target-action=promote
kept first.kept
say archived "$(ls "$archive"/0000000100000000 | grep -c -E '^0000000100000000000000')"
rows first.rows
# The newest backup is on a timeline that the next restore leaves behind: nothing after it may begin with this one.
pgbackrest --stanza=db --type=incr backup
say history "$(pgbackrest --stanza=db --repo=1 repo-get archive/db/17-1/00000002.history | head -1)"
stop fast
restore second r2 --type=time "--target=$second" --target-action=promote --target-timeline=1
rows second.rows

sql "INSERT INTO kept VALUES (4)"
stop immediate
restore nowhere r3 --type=name --target=nowhere --target-action=promote
why nowhere.why
kept nowhere.kept
restore beyond r3 --type=time "--target=2099-01-01 00:00:00+00" --target-action=promote
why beyond.why
back back r3-back
kept back.kept
rows back.rows
say archive_mode "$(sql "SHOW archive_mode")"

stop fast
export KEELSON_RESTORED=r4 KEELSON_RESTORE_OPTIONS='["--repo=1"]'
/keelson/bin/node /keelson/agent/src/main.ts restore >/tmp/agent.log 2>&1 &
job=$!
for _ in $(seq 200); do [ -e /pgdata/.keelson-restore-began ] && break; sleep 0.02; done
kill -TERM "$job"
wait "$job"
say ended "$?"
say ended.postgres "$(pgrep -c -x postgres)"
back again r4-back
rows again.rows

# One segment cannot be read for a while: more comes after it, and recovery must not end with what it has.
sql "INSERT INTO kept VALUES (5)"
sql "SELECT pg_switch_wal()" >/dev/null
hidden=$(sql "SELECT pg_walfile_name(pg_current_wal_lsn())")
sql "INSERT INTO kept VALUES (6)"
stop fast
chmod 000 "$archive"/*/"$hidden"-*
restore unread r5
why unread.why
chmod 600 "$archive"/*/"$hidden"-*
restore read r5
rows read.rows
stop fast

# Only the options of the restore know where the repository is.
export PGBACKREST_REPO1_PATH=/pgbackrest/elsewhere
restore moved r6 --repo1-path=/pgbackrest/repo1
unset PGBACKREST_REPO1_PATH
rows moved.rows
stop fast
