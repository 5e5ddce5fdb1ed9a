#!/usr/bin/env bash
# The include arrows point inward: a folder includes only what this table allows, and headers are written from the
# repository root. Told are all that do otherwise, as file:line. `--self-test` shows that the test can fail.
set -euo pipefail
rooms=(actors/feed actors/commit actors/resources actors/commands)

# folder: the folders of this repository that it may include, beside itself
allowed() {
  case $1 in
    conf) ;;
    mapping) echo conf ;;
    io) echo conf mapping ;;
    actors) echo conf mapping io "${rooms[@]}" ;;
    actors/feed | actors/resources) echo conf mapping io ;;
    actors/commit) echo conf mapping io actors/resources ;;
    actors/commands) echo conf mapping io actors "${rooms[@]}" ;;
    bench) echo conf mapping io actors "${rooms[@]}" tests ;;
    tests/sim) echo mapping ;; # the simulators know nothing of the program that they test
    tests) echo conf mapping io actors "${rooms[@]}" ;;
  esac
}

# path -> the folder whose rule holds for it
folder_of() {
  case $1 in
    tests/sim/*) echo tests/sim ;;
    tests/*) echo tests ;;
    actors/*/*) cut -d/ -f1,2 <<<"$1" ;;
    *) echo "${1%%/*}" ;;
  esac
}

# Prints what is wrong below the directory $1.
check() {
  cd "$1"
  local file line name folder target
  while IFS=: read -r file line name; do
    folder=$(folder_of "$file")
    if [ ! -f "$name" ]; then
      echo "$file:$line: \"$name\" is no path from the repository root"
      continue
    fi
    target=$(folder_of "$name")
    [ "$target" = "$folder" ] && continue
    [ "$folder" = tests ] && [ "$target" = tests/sim ] && continue
    [ "$folder" = bench ] && [ "${target%%/*}" = tests ] && continue
    [[ " $(allowed "$folder") " = *" $target "* ]] || echo "$file:$line: $folder may not include \"$name\""
  done < <(grep -rnoE --include='*.hpp' --include='*.cpp' '^ *# *include *"[^"]+"' actors mapping io conf tests bench 2>/dev/null |
    sed -E 's/# *include *"([^"]+)"/\1/; s/: +/:/')
  # the heavy libraries: the mapping and the configuration are pure, and CAF stays in the actors
  grep -rnE --include='*.hpp' --include='*.cpp' '^ *# *include *<(caf|curl|sqlite3|spdlog|openssl|boost/(asio|beast))[/.]' mapping conf 2>/dev/null |
    sed -E 's/^([^:]+:[0-9]+):.*<([^>]+)>.*/\1: mapping and conf do no I\/O: <\2>/' || true
  grep -rnE --include='*.hpp' --include='*.cpp' '^ *# *include *<caf/' io actors/*/ 2>/dev/null |
    sed -E 's/^([^:]+:[0-9]+):.*<([^>]+)>.*/\1: CAF is known on top of actors alone: <\2>/' || true
}

self_test() {
  local found
  tree=$(mktemp -d)
  trap 'rm -rf "$tree"' EXIT
  mkdir -p "$tree"/{actors/{feed,resources,commit},mapping,io,conf,tests/sim,tests/io}
  touch "$tree"/{actors/a,actors/feed/f,actors/resources/r,mapping/m,io/i,conf/c,tests/sim/s}.hpp
  echo '#include "io/i.hpp"' >"$tree/mapping/wrong.cpp"
  echo '#include "mapping/m.hpp"' >"$tree/conf/wrong.cpp"
  echo '#include "actors/a.hpp"' >"$tree/io/wrong.cpp"
  echo '#include "i.hpp"' >"$tree/io/wrong_root.cpp"
  echo '#include "actors/a.hpp"' >"$tree/tests/sim/wrong.cpp"
  echo '#include <caf/all.hpp>' >"$tree/io/wrong_caf.cpp"
  echo '#include <curl/curl.h>' >"$tree/mapping/wrong_curl.cpp"
  echo '#include "actors/feed/f.hpp"' >"$tree/actors/resources/wrong.cpp"
  echo '#include "actors/a.hpp"' >"$tree/actors/commit/wrong.cpp"
  echo '#include <caf/all.hpp>' >"$tree/actors/feed/wrong_caf.cpp"
  echo '#include "actors/resources/r.hpp"' >"$tree/actors/commit/right.cpp"
  printf '#include "conf/c.hpp"\n#include "mapping/m.hpp"\n#include "actors/feed/f.hpp"\n' >"$tree/actors/right.cpp"
  printf '#include "tests/sim/s.hpp"\n#include "io/i.hpp"\n' >"$tree/tests/io/right.cpp"
  found=$(check "$tree")
  [ "$(wc -l <<<"$found")" = 10 ] && ! grep -q right <<<"$found" && return
  printf 'of ten planted faults these were found:\n%s\n' "$found"
  return 1
}

if [ "${1:-}" = --self-test ]; then
  self_test
else
  wrong=$(check "$(cd "$(dirname "$0")/.." && pwd)")
  [ -z "$wrong" ] || { printf '%s\n' "$wrong"; exit 1; }
fi
