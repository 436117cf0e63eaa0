#!/usr/bin/env bash
# lint.sh BUILD all | changed BASE: clang-format on every file; clang-tidy on every file, or on those that differ
# from the commit BASE (a changed header: on the files that include it). BUILD holds compile_commands.json.
set -euo pipefail
cd "$(dirname "$0")/../.."
build=$1 what=$2 base=${3:-}

mapfile -t files < <(git ls-files --cached --others --exclude-standard -- '*.cpp' '*.hpp')
echo "clang-format: ${#files[@]} files"
printf '%s\0' "${files[@]}" | xargs -0 clang-format --dry-run --Werror

# Only what the build compiles: examples and fuzz targets come with the options that add them.
[ -f "$build/compile_commands.json" ] || { echo "lint.sh: $build/compile_commands.json is missing" >&2; exit 1; }
mapfile -t compiled < <(grep -o '"file": "[^"]*\.cpp"' "$build/compile_commands.json" | cut -d'"' -f4 | sed "s|^$PWD/||" | sort -u)
[ ${#compiled[@]} -gt 0 ] || { echo "lint.sh: $build compiles no file: nothing would be looked at" >&2; exit 1; }
if [ "$what" = changed ]; then
  git rev-parse -q --verify "$base^{commit}" > /dev/null || { echo "lint.sh: no commit $base" >&2; exit 1; }
  mapfile -t changed < <(git diff --name-only --diff-filter=d "$base" -- '*.cpp' '*.hpp')
  pattern=$(printf '%s\n' "${changed[@]}" | sed -n 's|^lib/\(.*\.hpp\)$|kpi/\1|p; s|^apps/kpi/\(.*\.hpp\)$|"\1|p; s|^tests/\(.*\.hpp\)$|"\1|p')
  selected=()
  for file in "${compiled[@]}"; do
    if printf '%s\n' "${changed[@]}" | grep -qxF -- "$file" || { [ -n "$pattern" ] && grep -qF -- "$pattern" "$file"; }; then
      selected+=("$file")
    fi
  done
else
  selected=("${compiled[@]}")
fi
echo "clang-tidy: ${#selected[@]} files"
[ ${#selected[@]} = 0 ] || printf '%s\0' "${selected[@]}" | xargs -0 -n 4 -P "$(nproc)" clang-tidy --quiet -p "$build" 2> >(grep -v 'warnings generated\|Suppressed\|Use -header-filter' >&2)
echo "lint: clean"
