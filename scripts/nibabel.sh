#!/bin/sh
# Unpacks Debian's python3-nibabel into build-nibabel, for its DICOM files. It is not installed: python3-scipy, which it
# depends on, needs libboost1.74-dev, which conflicts with the libboost1.81-dev that builds this project.
set -eu
cd "$(dirname "$0")/.."
[ ! -d build-nibabel ] || exit 0
fetched=$(mktemp -d ./build-nibabel-XXXXXX)
trap 'rm -rf "$fetched"' EXIT
(cd "$fetched" && apt-get -q download python3-nibabel >download.log 2>&1) || {
  cat "$fetched/download.log" >&2
  echo "scripts/nibabel.sh: python3-nibabel cannot be fetched from Debian" >&2
  exit 1
}
dpkg-deb -x "$fetched"/python3-nibabel_*.deb "$fetched/files"
mv "$fetched/files" build-nibabel
