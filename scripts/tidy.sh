#!/usr/bin/env bash
# clang-tidy over all sources, or over those given, JOBS at a time: what .clang-tidy lists. --analyse: clang's static
# analyser instead, which takes four times as long. Exit 1 with the findings.
set -euo pipefail
cd "$(dirname "$0")/.."
cmake --preset tidy >/dev/null
checks=()
if [ "${1:-}" = --analyse ]; then
  checks=(--checks='-*,clang-analyzer-core.*,clang-analyzer-cplusplus.*')
  shift
fi
[ $# -gt 0 ] || mapfile -t sources < <(git ls-files 'actors/*.cpp' 'mapping/*.cpp' 'io/*.cpp' 'conf/*.cpp' 'bench/*.cpp' 'tests/*.cpp' ':!tests/fuzz')
[ $# -eq 0 ] || sources=("$@")
found=$(mktemp)
trap 'rm -f "$found"' EXIT
printf '%s\0' "${sources[@]}" | xargs -0 -P "${JOBS:-2}" -n 1 clang-tidy-14 -p build-tidy --quiet "${checks[@]}" 2>/dev/null >"$found" || true
! grep -E ': (error|warning): ' "$found" | sort -u | grep . || exit 1
