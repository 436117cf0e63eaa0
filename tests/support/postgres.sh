#!/usr/bin/env bash
# A PostgreSQL of the tests' own: private port, private data folder, loopback only, no password.
#
#   postgres.sh port FOLDER             a free port for FOLDER, the same each time while it is free
#   postgres.sh start FOLDER PORT       makes a fresh cluster in FOLDER and starts it
#   postgres.sh stop FOLDER             stops it and removes FOLDER
#   postgres.sh url PORT                where it is reached
#
# Needs only PostgreSQL's server programs, not the package's own cluster. Run as root, the server runs as the
# user postgres, because it refuses to be root.
set -euo pipefail

die() { echo "postgres.sh: $*" >&2; exit 1; }

programs() {  # the newest installed release; PG_BIN overrides
  local newest
  newest=${PG_BIN:-$(find /usr/lib/postgresql -mindepth 2 -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -1)}
  [ -x "$newest/initdb" ] || die "no PostgreSQL server programs found; install the package postgresql-15"
  echo "$newest"
}

as_server() {
  if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi
}

# The server's own user may be unable to reach FOLDER (a clone below /root): then the data lies below /var/tmp,
# and FOLDER remembers where.
data_of() {
  if [ -f "$1/where" ]; then cat "$1/where"; else echo "$1/data"; fi
}

taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

port() {
  local first=$((20000 + $(printf '%s' "$1" | cksum | cut -d' ' -f1) % 10000)) try
  for try in $(seq "$first" $((first + 99))); do
    if ! taken "$try"; then echo "$try"; return; fi
  done
  die "no free port from $first to $((first + 99))"
}

stop() {
  local folder=$1 data
  data=$(data_of "$folder")
  if [ -f "$data/postmaster.pid" ]; then
    (cd / && as_server "$(programs)/pg_ctl" -D "$data" -m immediate -w stop >/dev/null 2>&1) || true
  fi
  case "$data" in "$folder"/data | /var/tmp/kpi-postgres.*) rm -rf "$data" ;; esac
  rm -rf "$folder"
}

start() {
  local folder=$1 port=$2 bin data
  bin=$(programs)
  stop "$folder"
  taken "$port" && die "port $port is taken; configure again to choose another (cmake -UKPI_TEST_POSTGRES_PORT)"
  mkdir -p "$folder"
  data=$folder/data
  mkdir "$data"
  if [ "$(id -u)" = 0 ]; then
    chown postgres "$data"
    if ! (cd / && as_server test -w "$data"); then
      rmdir "$data"
      data=$(mktemp -d /var/tmp/kpi-postgres.XXXXXX)
      chown postgres "$data"
      echo "$data" > "$folder/where"
    fi
  fi
  cd /  # the server's user may not be allowed to stay in the caller's folder
  as_server "$bin/initdb" -D "$data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync > "$folder/initdb.log" 2>&1 \
    || { cat "$folder/initdb.log" >&2; die "initdb failed"; }
  # Data here is thrown away: nothing has to survive a crash.
  if ! as_server "$bin/pg_ctl" -D "$data" -w -t 60 -l "$data/server.log" -o "-p $port -c listen_addresses=127.0.0.1 \
      -c unix_socket_directories='' -c fsync=off -c full_page_writes=off -c synchronous_commit=off \
      -c shared_buffers=64MB -c max_connections=60" start > "$folder/start.log" 2>&1 < /dev/null; then
    cat "$data/server.log" >&2
    die "the server did not start"
  fi
}

case "${1:-}" in
  port) port "$2" ;;
  start) start "$2" "$3" ;;
  stop) stop "$2" ;;
  url) echo "postgres://postgres@127.0.0.1:$2/postgres" ;;
  *) die "use: port FOLDER | start FOLDER PORT | stop FOLDER | url PORT" ;;
esac
