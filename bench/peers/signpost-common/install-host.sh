# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
# Runs on the host: $1 is the chroot. Copies the built node there; $SIGNPOST_BUILD is the build
# directory (a release build, or the figures mean nothing).
set -eu
: "${SIGNPOST_BUILD:?set it to the build directory}"
install -D -m 755 "$SIGNPOST_BUILD/apps/signpostd/signpostd" "$1/opt/signpost/signpostd"
missing=$(chroot "$1" ldd /opt/signpost/signpostd | grep 'not found' || true)
if [ -n "$missing" ]; then
  echo "libraries missing in $1 (packages= of peer.conf):" "$missing"
  exit 1
fi
