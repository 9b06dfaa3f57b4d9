#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
"""Starts a node, a load and a sink on loopback, measures, and stops them.

    bench/run_local.py                            # durable accepts/s, CPU per message, latencies
    bench/run_local.py --per-conn 1               # a new connection for each message
    bench/run_local.py --rate 500                 # open loop: latency at a given rate
    bench/run_local.py --idle-sessions 10000      # memory of idle sessions
    bench/run_local.py --queued 1000000           # restart time with a full queue

Everything runs on this machine, so load and sink take their share of its CPUs; what they used is
printed beside what the node used. Use a release build.
"""
import argparse
import json
import pathlib
import shutil
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests" / "integration"))
import harness  # noqa: E402

USERS = 1000
UNREACHABLE = "127.0.0.2:1"  # nobody listens there


def zones():
    return [{"name": "zone.example", "rules": [
        harness.rule(f"user{n:03d}", f"user{n:03d}@dest{n % 4}.example") for n in range(USERS)]}]


def start_node(options, directory, next_hop, settings=None):
    node = harness.Node(
        # Relaying alone is measured; what authentication costs, bench/full_path.py says.
        zones(), {"smtp.transactions_max": 1_000_000, "auth.verify": False,
                  "log.level": options.log_level,
                  "log.file": str(directory / "signpost.log"), **(settings or {}),
                  **dict(options.set)},
        directory / "node", harness.Build(options.build), routes=[f"*={next_hop}"])
    node.start()
    return node


def load_options(options):
    return ["--sessions", str(options.sessions), "--size", str(options.size),
            "--per-conn", str(options.per_conn), "--rate", str(options.rate)]


def throughput(options, directory):
    sink = harness.LoadSink(directory, build=harness.Build(options.build))
    node = start_node(options, directory, sink.address)
    try:
        load = load_options(options)
        harness.run_load(node.smtp_address, *load, "--count", "500", "--run", "warm",
                         build=node.build)
        node.wait_empty()
        warm = sink.counts()
        cpu = node.process.cpu_seconds()
        begin = time.monotonic()
        report = harness.run_load(node.smtp_address, *load, "--count", str(options.count),
                                  build=node.build, ledger=directory / "load.ledger")
        node.wait_empty(options.timeout)
        seconds = time.monotonic() - begin
        used = node.process.cpu_seconds() - cpu
        arrived = sink.counts()["messages"] - warm["messages"]
        memory = node.process.memory_kib("VmHWM")
    finally:
        node.stop()
        last = sink.report()
    messages = max(report["acknowledged"], 1)
    return {
        "accepts_per_s": report["per_s"], "acknowledged": report["acknowledged"],
        "delivered": arrived, "delivered_per_s": round(arrived / seconds, 1),
        "node_cpu_ms_per_msg": round(used / messages * 1e3, 3),
        "load_cpu_ms_per_msg": round(report["cpu_s"] / messages * 1e3, 3),
        "sink_cpu_ms_per_msg": round((last["cpu_s"] - warm["cpu_s"]) / messages * 1e3, 3),
        "accept_p50_ms": report["accept_p50_ms"], "accept_p99_ms": report["accept_p99_ms"],
        "e2e_p50_ms": last["e2e_p50_ms"], "e2e_p99_ms": last["e2e_p99_ms"],
        "peak_rss_mib": round(memory / 1024, 1), "duplicates": last["duplicates"],
        "refused": report["refused"], "broken": report["broken"],
    }


def idle_sessions(options, directory):
    wanted = options.idle_sessions
    node = start_node(options, directory, UNREACHABLE)
    before = node.process.memory_kib()
    # Many client addresses, so that no limit for one of them is met.
    load = harness.Process(
        [node.build.program("smtp_load"), "--target", node.smtp_address, "--idle", "--sessions",
         str(wanted), "--sources", str(min(250, max(1, wanted // 50)))], directory / "idle.out")
    try:
        harness.wait_until(lambda: "idle" in load.text(), options.timeout, 0.1, "sessions are open")
        time.sleep(1)
        after = node.process.memory_kib()
        sessions = node.metric("signpost_smtp_open_sessions")
    finally:
        load.stop()
        node.stop()
    return {"idle_sessions": sessions, "rss_before_mib": round(before / 1024, 1),
            "rss_mib": round(after / 1024, 1),
            "kib_per_session": round((after - before) / wanted, 2)}


def full_queue(options, directory):
    node = start_node(options, directory, UNREACHABLE, {"queue.retry_schedule": ["10h"]})
    try:
        report = harness.run_load(
            node.smtp_address, "--sessions", str(options.sessions), "--size", "500", "--count",
            str(options.queued), build=node.build, timeout=options.timeout)
        memory = node.process.memory_kib()
        if options.kill:
            node.kill()
        else:
            node.stop()
        begin = time.monotonic()
        node.start(seconds=options.timeout)
        ready = time.monotonic() - begin
        harness.wait_until(lambda: (node.queued() or 0) >= report["acknowledged"], options.timeout,
                           0.1, "the queue is counted")
        counted = time.monotonic() - begin
        cpu = node.process.cpu_seconds()
        restarted_memory = node.process.memory_kib()
        queued = node.queued()
    finally:
        node.stop()
    return {"queued": queued, "filled_per_s": report["per_s"], "ready_after_s": round(ready, 2),
            "counted_after_s": round(counted, 2), "cpu_s_since_start": round(cpu, 2),
            "rss_before_restart_mib": round(memory / 1024, 1),
            "rss_after_restart_mib": round(restarted_memory / 1024, 1)}


def parse():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", help="build directory")
    parser.add_argument("--dir", help="directory on the disk whose syncs are to count")
    parser.add_argument("--sessions", type=int, default=50)
    parser.add_argument("--count", type=int, default=20000)
    parser.add_argument("--size", type=int, default=5000)
    parser.add_argument("--per-conn", type=int, default=0)
    parser.add_argument("--rate", type=float, default=0)
    parser.add_argument("--idle-sessions", type=int, default=0)
    parser.add_argument("--queued", type=int, default=0)
    parser.add_argument("--kill", action="store_true", help="--queued: SIGKILL before the restart")
    parser.add_argument("--log-level", default="info")
    parser.add_argument("--timeout", type=float, default=900)
    parser.add_argument("--set", action="append", default=[], type=harness.setting,
                        metavar="NAME=VALUE", help="a setting of the node")
    return parser.parse_args()


def main():
    options = parse()
    directory = pathlib.Path(tempfile.mkdtemp(prefix="signpost-bench-", dir=options.dir))
    try:
        if options.idle_sessions:
            figures = idle_sessions(options, directory)
        elif options.queued:
            figures = full_queue(options, directory)
        else:
            figures = throughput(options, directory)
        print(json.dumps(figures, indent=2))
    finally:
        shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    main()
