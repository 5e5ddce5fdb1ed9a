#!/bin/sh
# Makes NAME.dataset.json, the DICOM JSON that a service would give, of every NAME.dump by dcmtk (dump2dcm, dcm2json).
# make_datasets.sh [FOLDER]: where to write, by default beside the dumps.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=${1:-$here}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for dump in "$here"/*.dump; do
  name=$(basename "$dump" .dump)
  dump2dcm --quiet "$dump" "$work/$name.dcm"
  dcm2json --compact-code "$work/$name.dcm" "$out/$name.dataset.json"
done
