#!/usr/bin/env bash
# The whole product in one go, on a fresh Debian 12: installs missing packages (as root or with sudo), builds, finds
# the tables of the sample shop behind the embedded sandbox, writes and checks KPIs, and registers them as cards.
# Safe to run twice: the second run finds its cards again and creates none.
#
#   examples/quickstart.sh [FOLDER]    reports and sandbox go to FOLDER; default ./kpi-quickstart
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
out=${1:-kpi-quickstart}

"$root/tests/support/packages.sh" build
(cd "$root" && cmake --preset release -DKPI_TESTS=OFF -DKPI_WERROR=OFF > /dev/null && cmake --build --preset release -j "$(nproc)" --target kpi)
kpi=$root/build/release/bin/kpi

mkdir -p "$out"
cd "$out"
# Nothing of a Metabase that may be configured here is touched.
unset METABASE_URL METABASE_USERNAME METABASE_PASSWORD METABASE_API_KEY METABASE_SESSION KPI_CONFIG KPI_SANDBOX_DATABASE
export KPI_SANDBOX_DATA=$PWD/sandbox KPI_STATE=$PWD/state.db

"$kpi" discover --sandbox --include 'TB_*' | tee schema.json \
  | "$kpi" generate --provider rules | tee candidates.json \
  | "$kpi" validate --sandbox | tee validation.json \
  | "$kpi" register --sandbox -o registration.json
"$kpi" report registration.json --format md -o registration.md

echo
echo "Reports in $PWD:"
printf '  %s\n' schema.json candidates.json validation.json registration.json registration.md
echo
"$kpi" report registration.json --summary
