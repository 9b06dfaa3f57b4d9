#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
"""A node whose zones are in its control store: import, start, memory, RCPT, the client API's rates.

    bench/control.py --build build/release                          # 100,000 zones, 1 million rules
    bench/control.py --build build/release --zones 1000000          # 10 million rules; 10 GB of disk

Writes a file of zones, imports it with `signpost config import`, starts the node, and measures
what a client on loopback sees. The client API is loaded by wrk (Debian: wrk), which shares the
machine with the node, as do the SMTP sessions whose RCPT is timed.
"""
import argparse
import http.client
import json
import os
import pathlib
import random
import shutil
import smtplib
import statistics
import subprocess
import sys
import tempfile
import time

import run_local
from run_local import harness

HERE = pathlib.Path(__file__).resolve().parent


def address(zone, rule):
    return f"address{rule}@customer-{zone}.example"


# ---------------------------------------------------------------- the node
def write_zones(path, options):
    with open(path, "w", encoding="ascii") as out:
        for zone in range(options.zones):
            rules = [{"matchers": [{"type": "literal", "field": "to", "value": address(zone, rule)}],
                      "actions": [{"type": "forward",
                                   "value": [f"person{rule}@mail{zone % 1000}.example"]}]}
                     for rule in range(options.rules_per_zone)]
            line = {"zone": {"name": f"customer-{zone}.example"}, "rules": rules}
            out.write(json.dumps(line) + "\n")


def import_zones(node, directory, options):
    path = directory / "zones.jsonl"
    write_zones(path, options)
    begin = time.monotonic()
    subprocess.run([node.build.program("signpost"), "--config", str(node.config), "config",
                    "import", "--trust-destinations", str(path)], check=True)
    seconds = time.monotonic() - begin
    path.unlink()
    return seconds


def make_node(directory, options):
    return harness.Node((), {
        "config.source": "store", "api.listen": [f"{harness.NODE_IP}:{harness.free_port()}"],
        "api.requests_per_minute_max": 0, "smtp.transactions_max": 1_000_000,
        "smtp.recipients_max": 1000, "auth.verify": False, "log.level": "warning",
        **dict(options.set)}, directory / "node", harness.Build(options.build))


class Api:
    def __init__(self, node):
        self.address = node.settings["api.listen"][0]
        self.token = (node.data / "admin-token").read_text().strip()
        self.connection = http.client.HTTPConnection(self.address)

    def call(self, method, path, body=None):
        self.connection.request(method, f"/client/v4{path}",
                                None if body is None else json.dumps(body),
                                {"Authorization": f"Bearer {self.token}"})
        answer = self.connection.getresponse()
        value = json.loads(answer.read())
        if answer.status != 200:
            raise RuntimeError(f"{method} {path}: {answer.status} {value['errors']}")
        return value["result"]

    def zone_id(self, number):
        return self.call("GET", f"/zones?name=customer-{number}.example")[0]["id"]

    def rules(self, zone):
        return [rule for rule in self.call("GET", f"/zones/{zone}/email/routing/rules")
                if rule["matchers"][0]["type"] == "literal"]


# ---------------------------------------------------------------- what is measured
class Session:
    """An SMTP session that asks for recipients."""

    def __init__(self, node):
        self.smtp = smtplib.SMTP(*node.smtp_address.rsplit(":", 1), timeout=30)
        self.smtp.ehlo("load.example")
        self.asked = 0

    def rcpt(self, recipient):
        """(status, seconds)"""
        if self.asked % 500 == 0:
            self.smtp.docmd("RSET")
            self.smtp.docmd("MAIL", "FROM:<sender@sender.example>")
        self.asked += 1
        begin = time.perf_counter()
        status = self.smtp.docmd("RCPT", f"TO:<{recipient}>")[0]
        return status, time.perf_counter() - begin


def rcpt_times(node, options):
    session = Session(node)
    times = []
    for _ in range(options.recipients):
        status, seconds = session.rcpt(address(random.randrange(options.zones),
                                               random.randrange(options.rules_per_zone)))
        if status != 250:
            raise RuntimeError(f"RCPT: {status}")
        times.append(seconds * 1e3)
    times.sort()
    return {"rcpt_p50_ms": round(times[len(times) // 2], 3),
            "rcpt_p99_ms": round(times[len(times) * 99 // 100], 3),
            "rcpt_max_ms": round(times[-1], 3)}


def effect_times(node, api, options):
    """From sending a change until RCPT answers accordingly."""
    session = Session(node)
    times = []
    for number in random.sample(range(options.zones), min(options.zones, options.changes)):
        zone = api.zone_id(number)
        rule = api.rules(zone)[0]
        recipient = rule["matchers"][0]["value"]
        for enabled, wanted in ((False, 550), (True, 250)):
            body = {key: rule[key] for key in ("matchers", "actions")} | {"enabled": enabled}
            begin = time.perf_counter()
            api.call("PUT", f"/zones/{zone}/email/routing/rules/{rule['id']}", body)
            while session.rcpt(recipient)[0] != wanted:
                if time.perf_counter() - begin > 10:
                    raise RuntimeError("a change had no effect for ten seconds")
            times.append((time.perf_counter() - begin) * 1e3)
    return {"effect_p50_ms": round(statistics.median(times), 2),
            "effect_max_ms": round(max(times), 2)}


def load(api, requests, directory, options):
    """Answers a second and the rest of what wrk says; every answer must be a success."""
    path = directory / "requests"
    path.write_text("\n".join(requests) + "\n")
    done = subprocess.run(
        ["wrk", "-t", "1", "-c", str(options.connections), "-d", f"{options.phase}s", "--latency",
         "-s", str(HERE / "requests.lua"), f"http://{api.address}"], check=True,
        capture_output=True, text=True, env={**os.environ, "REQUESTS": str(path),
                                             "TOKEN": api.token})
    figures = next(line for line in done.stdout.splitlines() if line.startswith("figures"))
    answers, failed, seconds, p50, p99 = (float(word) for word in figures.split()[1:])
    return {"per_s": round(answers / seconds), "failed": int(failed), "p50_ms": p50 / 1e3,
            "p99_ms": p99 / 1e3}


def api_rates(node, api, directory, options):
    zones = [api.zone_id(number) for number in
             random.sample(range(options.zones), min(options.zones, 300))]
    reads, changes = [], []
    for zone in zones:
        base = f"/client/v4/zones/{zone}/email/routing/rules"
        reads.append(f"GET {base}")
        for rule in api.rules(zone):
            reads.append(f"GET {base}/{rule['id']}")
            body = {key: rule[key] for key in ("matchers", "actions")} | {"enabled": True}
            changes.append(f"PUT {base}/{rule['id']} {json.dumps(body)}")
    random.shuffle(reads)
    random.shuffle(changes)
    figures = {}
    for name, requests in (("reads", reads), ("changes", changes)):
        cpu = node.process.cpu_seconds()
        rate = load(api, requests, directory, options)
        cpu = node.process.cpu_seconds() - cpu
        figures[name] = {**rate, "cpu_ms": round(cpu * 1e3 / (rate["per_s"] * options.phase), 3)}
    return figures


def measure(options, directory):
    node = make_node(directory, options)
    figures = {"zones": options.zones, "rules": options.zones * options.rules_per_zone}
    figures["import_s"] = round(import_zones(node, directory, options), 1)
    begin = time.monotonic()
    node.start(seconds=options.timeout)
    figures["ready_after_s"] = round(time.monotonic() - begin, 1)
    figures["rss_gb"] = round(node.process.memory_kib() * 1024 / 1e9, 2)
    try:
        api = Api(node)
        figures |= rcpt_times(node, options)
        figures |= effect_times(node, api, options)
        figures |= api_rates(node, api, directory, options)
        figures["rss_after_gb"] = round(node.process.memory_kib() * 1024 / 1e9, 2)
    finally:
        node.stop()
    return figures


def parse():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", help="build directory")
    parser.add_argument("--dir", help="directory on the disk whose syncs are to count")
    parser.add_argument("--zones", type=int, default=100_000)
    parser.add_argument("--rules-per-zone", type=int, default=10)
    parser.add_argument("--recipients", type=int, default=20_000, help="how many RCPT are timed")
    parser.add_argument("--changes", type=int, default=100, help="zones whose changes are timed")
    parser.add_argument("--connections", type=int, default=16, help="of the client API's load")
    parser.add_argument("--phase", type=int, default=10, help="seconds of each load")
    parser.add_argument("--timeout", type=float, default=900)
    parser.add_argument("--set", action="append", default=[], type=harness.setting,
                        metavar="NAME=VALUE", help="a setting of the node")
    return parser.parse_args()


def main():
    options = parse()
    if shutil.which("wrk") is None:
        sys.exit("control.py: wrk is missing: apt-get install wrk")
    directory = pathlib.Path(tempfile.mkdtemp(prefix="signpost-bench-", dir=options.dir))
    try:
        print(json.dumps(measure(options, directory), indent=2))
    finally:
        shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    main()
