#!/bin/bash
# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
#
# Compares Signpost with other mail forwarders, one run beside the other, in a side-by-side benchmark
# that starts, loads and measures one of them at a time (root, cgroup2, debootstrap; see its README):
#
#   SIGNPOST_BUILD=build/release bench/peers/run.sh BENCH_PEERS_DIR WORKDIR [PEER...]
#
# PEER defaults to postfix-relay. The runs alternate, so that what else the machine does meets both.
# OURS (signpost: a relay without authentication and signatures; signpost-auth: all of it, beside
# postfix-rspamd), SIZE (5k), SESSIONS (50), COUNT (2000), PER_CONN (1), ROUNDS (3) are taken from
# the environment.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
case "${1:-}" in -h|--help) sed -n '5,13s/^# \?//p' "$0"; exit 0 ;; esac
if [ $# -lt 2 ]; then sed -n '5,13s/^# \?//p' "$0"; exit 2; fi
suite=$1
mkdir -p "$2"
work=$(cd "$2" && pwd)
shift 2
others=${*:-postfix-relay}
: "${SIGNPOST_BUILD:?set it to the build directory}"
SIGNPOST_BUILD=$(cd "$SIGNPOST_BUILD" && pwd)
export SIGNPOST_BUILD
ours=${OURS:-signpost}
size=${SIZE:-5k} sessions=${SESSIONS:-50} count=${COUNT:-2000} per_conn=${PER_CONN:-1}
python=/usr/bin/python3  # the distribution's, which has dkimpy

# The suite looks for peers beside itself only, so it is copied and given ours.
copy=$work/suite
rm -rf "$copy"
cp -r "$suite" "$copy"
chmod -R u+w "$copy"
cp -r "$here"/signpost* "$copy/peers/"
# It cuts some of its texts between CR and LF before it signs them. A bare CR is no mail (RFC 5321
# §2.3.8) and refused here.
sed -i 's/^\( *html = html\[.*\]\)$/\1.rstrip("\\r")/' "$copy/lib/corpus.py"

bench() { "$python" "$copy/bench.py" --workdir "$work" "$@"; }
# shellcheck disable=SC2086
bench setup $others "$ours"
sound=$work/corpus/$size.sound # made with the line above
if [ ! -e "$sound" ]; then rm -f "$work/corpus/$size".*; fi
bench corpus "$size"
touch "$sound"
before=$(cat "$work/results.jsonl" 2> /dev/null | wc -l)
for _ in $(seq "${ROUNDS:-3}"); do
  for peer in $others "$ours"; do
    bench run --peer "$peer" --size "$size" --sessions "$sessions" --count "$count" \
      --per-conn "$per_conn" --repeat 1
  done
done
"$python" "$here/ratios.py" "$work/results.jsonl" "$before" "$ours"
