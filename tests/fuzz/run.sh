#!/bin/sh
# Builds the fuzzers and runs each: run.sh [SECONDS] [BUILD_FOLDER]. What is found stays in the build folder
# (tests/fuzz/found/TARGET, and TARGET-crash-... for a finding); exit 1 at a finding.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
seconds=${1:-60}
build=${2:-$root/build-fuzz}
cmake -S "$root" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_COMPILER=clang++ -DDICOMCAST_FUZZ=ON >"$build.log" 2>&1 ||
  { cat "$build.log"; exit 1; }
rm -f "$build.log"
cmake --build "$build" --target fuzzers
for corpus in "$here"/corpus/*/; do
  target=$(basename "$corpus")
  echo "== $target, $seconds s"
  log="$build/tests/fuzz/$target.log"
  if ! "$build/tests/fuzz/${target}_fuzz" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=20000 \
    -dict="$here/dicom_json.dict" -artifact_prefix="$build/tests/fuzz/$target-" \
    "$build/tests/fuzz/found/$target" "$corpus" >"$log" 2>&1; then
    grep -E 'broken promise|ERROR|SUMMARY|Test unit written' "$log"
    echo "a finding in $target; all of it: $log"
    exit 1
  fi
  tail -1 "$log"
done
