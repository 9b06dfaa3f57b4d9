#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
"""What a message costs on its full path, as a ratio to the bare cost of its signatures and hashes.

    bench/full_path.py                            # 5 KB, kept connections
    bench/full_path.py --size 50000 --per-conn 1

Starts a DNS server, a node with keys for its service and its zone, a load of signed messages and a
sink on loopback. Of each message the node checks SPF, DKIM, DMARC and ARC, seals it (two signatures)
and signs it for both domains, queues and delivers it. What was done is read from the node's metrics.

The bare cost of a message is what `openssl speed`, run between the rounds of load, says of its RSA-2048
verifications and signatures and of SHA-256 over its octets, twice: once to verify, once to sign. It is
told for one `openssl speed` alone (`ratio`) and for one on each processor at once (`ratio_busy`): node, load
and sink keep all of them busy, too, and processors that share a core or its cache are slower then. All
costs are CPU time, so that what else the machine does stays out as far as it can. Medians of --rounds.
"""
import argparse
import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import run_local
from run_local import harness

import dns_server  # noqa: E402  beside harness

SERVICE = "mx.test.example"
DESTINATIONS = [f"dest{n}.example" for n in range(4)]


# ---------------------------------------------------------------- openssl speed
def speeds(processes, *arguments):
    """What each of `processes` at once prints; they measure their own CPU time."""
    running = [subprocess.Popen(["openssl", "speed", "-seconds", "1", *arguments], text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
               for _ in range(processes)]
    return [one.communicate()[0] for one in running]


def speed(processes):
    """CPU seconds: {"sign", "verify", "octet"}; the mean of `processes` at once."""
    rsa = [re.search(r"^rsa 2048 bits .*?([0-9.]+)\s+([0-9.]+)$", text, re.M)
           for text in speeds(processes, "rsa2048")]
    hashed = [re.search(r"^\S*sha256\s.*?([0-9.]+)k$", text, re.M | re.I)
              for text in speeds(processes, "-bytes", "8192", "-evp", "sha256")]
    return {"sign": statistics.mean(1 / float(one.group(1)) for one in rsa),
            "verify": statistics.mean(1 / float(one.group(2)) for one in rsa),
            "octet": statistics.mean(1e-3 / float(one.group(1)) for one in hashed)}


def bare_cost(cost, done, octets):
    return (cost["sign"] * done["signatures"] + cost["verify"] * done["verifications"]
            + cost["octet"] * 2 * octets)


# ---------------------------------------------------------------- the world around the node
def public_key(pem):
    text = subprocess.run(["openssl", "pkey", "-in", str(pem), "-pubout"], check=True,
                          capture_output=True, text=True).stdout
    return "".join(text.splitlines()[1:-1])


def dns_table(sender_key):
    table = {("_dmarc.sender.example", "TXT"): ["v=DMARC1; p=reject"],
             ("load._domainkey.sender.example", "TXT"):
                 [f"v=DKIM1; k=rsa; p={public_key(sender_key)}"]}
    for domain in DESTINATIONS:
        table[(domain, "MX")] = [f"10 mx.{domain}"]
        table[(f"mx.{domain}", "A")] = [harness.SINK_IP]
    return table


def make_node(options, directory, server, sink):
    settings = {"smtp.transactions_max": 1_000_000, "log.level": options.log_level,
                "log.file": str(directory / "signpost.log"),
                "node.host_name": SERVICE,
                "dns.forwarders": [server.forwarder], "dns.use_resolv_conf": False,
                "dns.trust_anchor_file": "", "delivery.port": int(sink.address.split(":")[1]),
                **dict(options.set)}
    node = harness.Node(run_local.zones(), settings, directory / "node",
                        harness.Build(options.build))
    for domain in (SERVICE, "zone.example"):
        node.cli("dkim", "keygen", domain)
    return node


def work_done(node):
    """Totals so far."""
    metric = node.metric
    return {"spf": metric("signpost_auth_results_total", method="spf", result="pass") or 0,
            "dkim": metric("signpost_auth_results_total", method="dkim", result="pass") or 0,
            "dmarc": metric("signpost_auth_results_total", method="dmarc", result="pass") or 0,
            "dkim_signatures":
                metric("signpost_signing_signatures_total", kind="dkim", result="made") or 0,
            "arc_sets":
                metric("signpost_signing_signatures_total", kind="arc", result="made") or 0}


def per_message(before, after, messages):
    done = {name: (after[name] - before[name]) / messages for name in after}
    # A set of ARC has two signatures; the sender's own is the one that is verified.
    return {**done, "verifications": done["dkim"],
            "signatures": done["dkim_signatures"] + 2 * done["arc_sets"]}


# ---------------------------------------------------------------- measuring
def one_round(options, node, load, number):
    alone, together = speed(1), speed(os.cpu_count())
    before, cpu, begin = work_done(node), node.process.cpu_seconds(), time.monotonic()
    report = harness.run_load(node.smtp_address, *load, "--count", str(options.count), "--run",
                              f"round{number}", build=node.build, check=True)
    node.wait_empty(options.timeout)
    used = node.process.cpu_seconds() - cpu
    messages = report["acknowledged"]
    done = per_message(before, work_done(node), messages)
    return {"accepts_per_s": report["per_s"],
            "through_per_s": messages / (time.monotonic() - begin),
            "cpu_ms": used / messages * 1e3, "done": done,
            "sign_us": alone["sign"] * 1e6, "verify_us": alone["verify"] * 1e6,
            "bare_ms": bare_cost(alone, done, options.size) * 1e3,
            "bare_busy_ms": bare_cost(together, done, options.size) * 1e3}


def measure(options, directory):
    key = directory / "sender.pem"
    subprocess.run(["openssl", "genrsa", "-out", str(key), "2048"], check=True, capture_output=True)
    sink = harness.LoadSink(directory, build=harness.Build(options.build))
    try:
        with dns_server.DnsServer(dns_table(key)) as server:
            node = make_node(options, directory, server, sink)
            node.start()
            load = [*run_local.load_options(options), "--dkim-key", str(key)]
            try:
                harness.run_load(node.smtp_address, *load, "--count", "500", "--run", "warm",
                                 build=node.build)
                node.wait_empty()
                rounds = [one_round(options, node, load, n) for n in range(options.rounds)]
                memory = node.process.memory_kib("VmHWM")
            finally:
                node.stop()
    finally:
        last = sink.report()
    return summary(options, rounds, memory, last)


def summary(options, rounds, memory, sink):
    def median(question):
        return round(statistics.median(question(one) for one in rounds), 3)

    return {
        "size": options.size, "rounds": len(rounds), "load_average": os.getloadavg()[0],
        "accepts_per_s": median(lambda r: r["accepts_per_s"]),
        "through_per_s": median(lambda r: r["through_per_s"]),
        "done_per_message": rounds[-1]["done"],
        "openssl_sign_us": median(lambda r: r["sign_us"]),
        "openssl_verify_us": median(lambda r: r["verify_us"]),
        "node_cpu_ms_per_msg": median(lambda r: r["cpu_ms"]),
        "bare_ms_per_msg": median(lambda r: r["bare_ms"]),
        "bare_busy_ms_per_msg": median(lambda r: r["bare_busy_ms"]),
        "ratio": median(lambda r: r["cpu_ms"] / r["bare_ms"]),
        "ratio_busy": median(lambda r: r["cpu_ms"] / r["bare_busy_ms"]),
        "ratios": [round(r["cpu_ms"] / r["bare_ms"], 3) for r in rounds],
        "peak_rss_mib": round(memory / 1024, 1), "duplicates": sink["duplicates"],
    }


def parse():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", help="build directory")
    parser.add_argument("--dir", help="directory on the disk whose syncs are to count")
    parser.add_argument("--sessions", type=int, default=50)
    parser.add_argument("--count", type=int, default=4000, help="messages of a round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--size", type=int, default=5000)
    parser.add_argument("--per-conn", type=int, default=0)
    parser.add_argument("--rate", type=float, default=0)
    parser.add_argument("--log-level", default="info")
    parser.add_argument("--timeout", type=float, default=300)
    parser.add_argument("--set", action="append", default=[], type=harness.setting,
                        metavar="NAME=VALUE", help="a setting of the node")
    return parser.parse_args()


def main():
    options = parse()
    directory = pathlib.Path(tempfile.mkdtemp(prefix="signpost-bench-", dir=options.dir))
    try:
        figures = measure(options, directory)
        print(json.dumps(figures, indent=2))
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    done = figures["done_per_message"]
    return 0 if min(done["spf"], done["dkim"], done["dmarc"], done["arc_sets"]) >= 1 else 1


if __name__ == "__main__":
    sys.exit(main())
