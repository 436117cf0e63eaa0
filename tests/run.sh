#!/usr/bin/env bash
# Builds kpi and passes all tests, on a fresh Debian 12 too: installs missing packages (as root or with sudo),
# configures, builds, and runs CTest, which starts a PostgreSQL of its own. Safe to run twice, and beside any
# other PostgreSQL.
#
#   tests/run.sh                        all tests, preset dev
#   tests/run.sh --release | --asan     another preset
#   tests/run.sh --lint                 formatting and clang-tidy of every file; no tests
#   tests/run.sh --lint-changed BASE    formatting of every file, clang-tidy of those changed since the commit BASE
#   tests/run.sh ... -- ARGS            ARGS go to ctest (-R Guard, -L unit, -j 1)
set -euo pipefail
cd "$(dirname "$0")/.."

preset=dev lint='' base='' arguments=()
while [ $# -gt 0 ]; do
  case "$1" in
    --dev | --release | --asan) preset=${1#--} ;;
    --lint) lint=all ;;
    --lint-changed) lint=changed base=${2:?--lint-changed needs a commit}; shift ;;
    --) shift; arguments=("$@"); break ;;
    -h | --help) sed -n '2,11s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) echo "tests/run.sh: unknown option $1; see --help" >&2; exit 2 ;;
  esac
  shift
done
jobs=$(nproc)
# One cache serves every build folder and every clone.
export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1

tests/support/packages.sh build
if [ -n "$lint" ]; then
  cmake --preset tidy > /dev/null
  exec tests/support/lint.sh build/tidy "$lint" "$base"
fi
tests/support/packages.sh postgres
cmake --preset "$preset" -DKPI_TESTS=ON
cmake --build --preset "$preset" -j "$jobs"
ctest --preset "$preset" -j "$jobs" "${arguments[@]}" < /dev/null
