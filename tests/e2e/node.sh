#!/bin/sh
# Node for the end-to-end tests: `node.sh ARGUMENT...` runs the machine's, or where that is older than the packages
# need (Debian 12 has 18), the one that setup.sh took from npm.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
is_new_enough() {
  "$1" -e 'const [major, minor] = process.versions.node.split("."); process.exit(major > 20 || (major == 20 && minor >= 19) ? 0 : 1)' 2>/dev/null
}
for node in "$(command -v node || true)" "$here"/node_modules/node-linux-*/bin/node; do
  if [ -x "$node" ] && is_new_enough "$node"; then exec "$node" "$@"; fi
done
echo "there is no Node of version 20.19 or later: run tests/e2e/setup.sh" >&2
exit 2
