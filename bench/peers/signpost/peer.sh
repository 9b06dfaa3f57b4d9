# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
# Signpost as a forwarder: one zone with the addresses of the table, DNS from resolv.conf, durable
# writes and logging as by default.
. /bench/plan.sh
d=/var/lib/signpost

write_config() {
  cat > $d/signpost.yaml <<YAML
node:
  host_name: $MX_NAME
  data_dir: $d/data
  zones_file: $d/zones.yaml
  postmaster: [postmaster@dest0.example]
smtp:
  listen: ["$MX_IP:25"]
  tls_certificate: /bench/keys/tls.pem
  tls_key: /bench/keys/tls.key
monitoring:
  listen: "127.0.0.1:9925"
dns:
  trust_anchor_file: /nonexistent # the test network's root is not signed
log:
  level: info
  file: $d/signpost.log
YAML
  {
    printf 'zones:\n  - name: %s\n    rules:\n' "$ZONE"
    awk -F'\t' '{split($1, a, "@"); printf "      - address: %s\n        forward: [%s]\n", a[1], $2}' \
      /bench/addresses.tsv
  } > $d/zones.yaml
}

case $1 in
start)
  rm -rf $d
  mkdir -p -m 700 $d/data
  write_config
  ulimit -n "$(ulimit -Hn)"
  setsid /opt/signpost/signpostd --config $d/signpost.yaml > $d/out.txt 2>&1 < /dev/null &
  echo $! > /run/signpost.pid
  ;;
stop)
  pid=$(cat /run/signpost.pid)
  kill "$pid"
  for _ in $(seq 100); do kill -0 "$pid" 2> /dev/null || break; sleep 0.1; done
  ;;
esac
