#!/bin/sh
# Installs what the validators and the end-to-end tests need, where it is missing: Debian packages (as root or by sudo),
# python3-nibabel's DICOM files, and the npm packages of the lock file; Node itself too where Debian's is too old.
set -eu
cd "$(dirname "$0")"
packages="nodejs npm openjdk-17-jre-headless dcmtk python3-pydicom orthanc orthanc-dicomweb util-linux"
as_root=""
[ "$(id -u)" = 0 ] || as_root="sudo"

installed() {
  case $1 in # node and java may come from elsewhere
    nodejs) command -v node >/dev/null ;;
    npm) command -v npm >/dev/null ;;
    openjdk-17-jre-headless) command -v java >/dev/null ;;
    *) dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q 'install ok installed' ;;
  esac
}

missing=""
for package in $packages; do
  installed "$package" || missing="$missing $package"
done
if [ -n "$missing" ]; then
  # The tests start their own Orthanc; the packaged service must not open its ports.
  if [ -d /run/systemd/system ]; then $as_root systemctl mask orthanc >/dev/null 2>&1 || true; fi
  $as_root apt-get -o DPkg::Lock::Timeout=600 update -q
  # shellcheck disable=SC2086
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=600 install -y -q \
    --no-install-recommends $missing
fi

../../scripts/nibabel.sh

# npm leaves a copy of the lock file behind when it is done. Its optional packages are Node.
if ! { [ node_modules/.package-lock.json -nt package-lock.json ] && ./node.sh --version >/dev/null; }; then
  rm -rf node_modules
  omit=""
  if ./node.sh --version >/dev/null 2>&1; then omit="--omit=optional"; fi
  # shellcheck disable=SC2086
  npm ci --ignore-scripts --no-audit --no-fund --loglevel=error $omit || {
    echo "tests/e2e/setup.sh: the npm packages of package-lock.json cannot be installed; npm's registry is needed" >&2
    exit 1
  }
fi
