#!/usr/bin/env bash
# Installs what is missing of the Debian packages: packages.sh [build] [postgres]. Silent where nothing is missing.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)

missing() {
  local package
  for package in "$@"; do
    dpkg-query -W -f='${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || echo "$package"
  done
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"
  elif command -v sudo > /dev/null; then sudo "$@"
  else echo "packages.sh: run as root, or install: $*" >&2; exit 1; fi
}

updated=
install_packages() {
  [ $# -gt 0 ] || return 0
  echo "Installing Debian packages: $*" >&2
  if [ -z "$updated" ]; then as_root apt-get update -q >&2; updated=yes; fi
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@" >&2 < /dev/null
}

install_postgres() {
  local wanted conf=/etc/postgresql-common/createcluster.d/kpismith-tests.conf
  mapfile -t wanted < <(missing postgresql-15)
  [ ${#wanted[@]} -gt 0 ] || return 0
  # The package would start a server on the default port; the tests need its programs only.
  as_root mkdir -p "$(dirname $conf)"
  echo 'create_main_cluster = false' | as_root tee $conf > /dev/null
  install_packages "${wanted[@]}"
  as_root rm -f $conf
}

command -v dpkg-query > /dev/null || exit 0  # not Debian: the libraries are the user's to install
for group in "$@"; do
  case "$group" in
    build) mapfile -t wanted < <(missing $(cat "$root/packages.txt")); install_packages "${wanted[@]}" ;;
    postgres) install_postgres ;;
    *) echo "packages.sh: unknown group $group" >&2; exit 2 ;;
  esac
done
