# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
# Signpost as a forwarder; sourced by the signpost* peers: one zone with the addresses of the table,
# DNS from resolv.conf, durable writes and logging as by default.
. /bench/plan.sh
d=/var/lib/signpost

# write_config VERIFY SIGN: `true` or `false` each
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
auth:
  verify: $1
signing:
  enabled: $2
  domain: $ZONE
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

# The key whose public half the test network publishes; it signs for the zone and seals.
install_key() {
  keys=$d/data/dkim/$ZONE
  mkdir -p -m 700 $d/data/dkim "$keys"
  install -m 600 /bench/keys/dkim1.pem "$keys/dkim1.pem"
  printf '{"keys": [{"selector": "dkim1", "type": "rsa", "state": "active", "created": 1}]}\n' \
    > "$keys/keys.json"
  chmod 600 "$keys/keys.json"
}

# start VERIFY SIGN
start() {
  rm -rf $d
  mkdir -p -m 700 $d/data
  write_config "$1" "$2"
  if [ "$2" = true ]; then install_key; fi
  ulimit -n "$(ulimit -Hn)"
  setsid /opt/signpost/signpostd --config $d/signpost.yaml > $d/out.txt 2>&1 < /dev/null &
  echo $! > /run/signpost.pid
}

stop() {
  pid=$(cat /run/signpost.pid)
  kill "$pid"
  for _ in $(seq 100); do kill -0 "$pid" 2> /dev/null || break; sleep 0.1; done
}
