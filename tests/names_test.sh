#!/usr/bin/env bash
# What the documents name in backticks exists: a path below one of our folders, a source by its file name (with or
# without .cpp), a key of the configuration, a name in the code (comments do not count). Told are all others, as
# file:line. What does not look like code (blanks, signs, a number first) is not looked at. `--self-test` shows that the
# test can fail.
set -euo pipefail
documents=(docs/architecture.md docs/glossary.md actors/README.md mapping/README.md io/README.md)
folders='actors|mapping|io|conf|tests|bench|docs|scripts|cmake'

# Every word of the sources below this folder, without their comments.
words_of_code() {
  find actors mapping io conf \( -name '*.cpp' -o -name '*.hpp' \) -exec cat {} + | sed -E 's,(^|[^:])//.*,\1,' |
    grep -oE '[A-Za-z_][A-Za-z0-9_]*' | sort -u
}

exists() {
  local name=$1
  case $name in
    *[!A-Za-z0-9_:/.*-]* | [!A-Za-z]* | *: | *-* | *://*) return 0 ;; # no name
  esac
  if [[ $name =~ ^($folders)/ ]]; then
    compgen -G "$name" >/dev/null || compgen -G "$name.hpp" >/dev/null || compgen -G "$name.cpp" >/dev/null
  elif [[ $name =~ ^[a-z_0-9]+\.(hpp|cpp)$ ]]; then
    [ -n "$(find actors mapping io conf tests bench -name "$name" -print -quit)" ]
  elif [[ $name =~ ^[A-Z][A-Za-z0-9]*(:[A-Za-z0-9]+)+$ ]]; then
    grep -qF "${name##*:}" conf/keys.cpp
  elif [[ $name =~ ^[A-Za-z_0-9]+(::[A-Za-z_0-9]+)*$ ]]; then
    grep -qxF "${name##*::}" "$words" || [ -n "$(find actors mapping io conf tests bench -name "$name.?pp" -print -quit)" ]
  fi
}

# Prints what is wrong below the directory $1.
check() {
  local words document line name
  cd "$1"
  words=$(mktemp)
  words_of_code >"$words"
  for document in "${documents[@]}"; do
    [ -f "$document" ] || continue
    while IFS=: read -r line name; do
      name=${name//\`/}
      exists "$name" || echo "$document:$line: \`$name\` is neither in the code nor a file"
    done < <(grep -noE '`[^`]+`' "$document")
  done
  rm -f "$words"
}

self_test() {
  local found
  tree=$(mktemp -d)
  trap 'rm -rf "$tree"' EXIT
  mkdir -p "$tree"/{actors/feed,mapping,io,conf,tests,bench,docs}
  printf 'class FeedCursor {}; // class Forgotten\nint watch_head;\n' >"$tree/actors/feed/feed_cursor.hpp"
  echo 'key("Engine:LookAhead")' >"$tree/conf/keys.cpp"
  printf '%s\n' '`FeedCursor` `watch_head` `actors::FeedCursor` `actors/feed/feed_cursor` `feed_cursor.hpp` `Engine:LookAhead`' \
    '`(o, o + n]` `1.10` `urn:uuid:` `errors replay` `Type/id` `abc-1` `actors/`' \
    '`Forgotten` `FeedCurser` `actors/feed/curser.hpp` `curser.cpp` `Engine:LookBack` `actors::Curser`' >"$tree/docs/architecture.md"
  found=$(check "$tree")
  [ "$(wc -l <<<"$found")" = 6 ] && [ "$(grep -c 'architecture.md:3: ' <<<"$found")" = 6 ] && return
  printf 'of six planted faults in line 3 these were found:\n%s\n' "$found"
  return 1
}

if [ "${1:-}" = --self-test ]; then
  self_test
else
  wrong=$(check "$(cd "$(dirname "$0")/.." && pwd)")
  [ -z "$wrong" ] || { printf '%s\n' "$wrong"; exit 1; }
fi
