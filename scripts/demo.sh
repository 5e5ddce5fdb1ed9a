#!/usr/bin/env bash
# The demo: two days of a small hospital. Starts the simulated DICOM and FHIR services on free loopback ports, runs the
# real program against them, and shows what stands in the FHIR service afterwards. Succeeds if all is as expected.
#   scripts/demo.sh [BUILD_DIRECTORY]
set -euo pipefail
cd "$(dirname "$0")/.."
build=${1:-build}
show=scripts/demo_show.py
entries=tests/data/demo/entries.json
work=$(mktemp -d)

end() {
  [ -z "${SIM_PID:-}" ] || kill "$SIM_PID" 2>/dev/null || true
  rm -rf "$work"
}
trap end EXIT

bold='' dim='' plain=''
[ ! -t 1 ] || bold=$'\e[1m' dim=$'\e[2m' plain=$'\e[0m'
chapter() { printf '\n%s── %s %s%s\n' "$bold" "$1" "$(printf '─%.0s' $(seq $((76 - ${#1}))))" "$plain"; }
say() { printf '%s\n' "$@"; }

# Runs a command as a person would and compares its exit code. Settings of the caller's environment do not get in.
dicomcast() {
  local expected=$1 code=0
  shift
  printf '\n%s$ dicomcast %s%s\n' "$bold" "$*" "$plain"
  env -i "$build/dicomcast" --config "$work/dicomcast.json" "$@" || code=$?
  printf '%sexit code %s%s\n' "$dim" "$code" "$plain"
  [ "$code" = "$expected" ] || { say "expected was exit code $expected"; exit 1; }
}

chapter 'A DICOM service and a FHIR service'
python3 $show split "$entries" "$work/monday.json" "$work/tuesday.json"
coproc SIM { exec "$build/dicomcast-sim" --entries "$work/monday.json" --fhir-latency 25ms --until-stdin-closes; }
read -r ready <&"${SIM[0]}"
dicom=$(python3 $show member dicom <<<"$ready")
fhir=$(python3 $show member fhir <<<"$ready")
cat >"$work/dicomcast.json" <<JSON
{
  "DicomWeb": { "Endpoint": "$dicom" },
  "Fhir": { "Endpoint": "$fhir" },
  "Patient": { "PatientSystemId": "https://hospital.example/patients" },
  "DicomCast": { "Features": { "GenerateObservations": true } },
  "StateStore": { "Path": "$work/state.db" },
  "Log": { "Level": "warn" }
}
JSON
say 'Both are simulated, on free ports of this machine; each FHIR answer takes 25 ms.' \
  'This is all the configuration that the program gets:' ''
sed 's/^/    /' "$work/dicomcast.json"
dicomcast 0 check

chapter 'Monday: 41 images have arrived'
say 'Caught up one transaction an entry, as the daemon works. One image has no PatientID,' \
  'on purpose: it cannot be stored, which is what exit code 3 says.'
dicomcast 3 backfill --commit-mode per-entry
python3 $show resources "$fhir"
say '' 'What was wrong, in the words that an operator reads:'
dicomcast 0 errors

chapter 'Tuesday: corrections, deletions, late images'
say 'A name and a patient number are corrected, phantom images and two blurred ones deleted,' \
  'two slices come late, and the hand gets its PatientID. On from where Monday ended, and' \
  'grouped: a transaction holds many entries.'
python3 $show post "$dicom" "$work/tuesday.json"
dicomcast 0 backfill
say '' 'With the correction, what failed on Monday can be processed again, and leaves the list:'
dicomcast 0 errors replay
python3 $show resources "$fhir"

chapter 'In the end'
dicomcast 0 status
python3 $show verify "$fhir"
