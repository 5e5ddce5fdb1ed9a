#!/bin/sh
# Makes NAME.dataset.json, the DICOM JSON that a service would give, of every NAME.dump by dcmtk (dump2dcm, dcm2json).
# make_datasets.sh [--check]: with --check nothing is written; exit 1 if a dataset is not that of its dump.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for dump in "$here"/*.dump; do
  name=$(basename "$dump" .dump)
  dump2dcm --quiet "$dump" "$work/$name.dcm"
  dcm2json --compact-code "$work/$name.dcm" "$work/$name.dataset.json"
  if [ "${1:-}" = --check ]; then
    cmp "$work/$name.dataset.json" "$here/$name.dataset.json"
  else
    cp "$work/$name.dataset.json" "$here/"
  fi
done
