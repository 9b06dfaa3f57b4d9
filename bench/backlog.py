#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
"""What a large queue for one dead destination costs everybody else, and how it drains.

    bench/backlog.py                              # 1,000,000 messages for one next hop
    bench/backlog.py --queued 5000000
    bench/backlog.py --next-hops 100000           # the same for so many next hops

Fills a spool, starts a node over it, kills it, starts it again. Then, while everything is due for a
host that refuses connections, messages go to a healthy site that greylists each of them once: how
long do they take, compared with a node without a queue? At last the dead host comes back: how fast
does it get what waited? Use a release build.
"""
import argparse
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests" / "integration"))
import harness  # noqa: E402

SETTINGS = {
    "smtp.transactions_max": 1_000_000, "auth.verify": False, "log.level": "warning",
    "queue.retry_schedule": ["2s", "1h"], "queue.delay_notice_after": "0s",
    "delivery.suspend_first": "5s", "delivery.suspend_max": "10s",
}
ZONES = [{"name": "zone.example", "rules": [
    harness.rule(f"user{n:03d}", f"user{n:03d}@healthy.example") for n in range(1000)]}]


class Bench:
    def __init__(self, options, directory):
        self.options, self.directory = options, directory
        self.build = harness.Build(options.build)
        self.dead = f"{harness.SINK_IP}:{harness.free_port(harness.SINK_IP)}"
        self.healthy = f"{harness.SINK_IP}:{harness.free_port(harness.SINK_IP)}"
        self.start_id = 0
        self.peak = 0

    def node(self, name):
        return harness.Node(
            ZONES, {**SETTINGS, **dict(self.options.set)}, self.directory / name, self.build,
            routes=[f"healthy.example={self.healthy}", f"dead.example={self.dead}",
                    f".dead.example={self.dead}"])

    def sink(self, name, address, *more):
        folder = self.directory / name
        folder.mkdir()
        ip, port = address.split(":")
        return harness.LoadSink(folder, *more, build=self.build, ip=ip, port=int(port))

    def remember_peak(self, node):
        self.peak = max(self.peak, node.process.memory_kib("VmHWM"))

    def greylisted(self, node, name):
        """Latencies of messages that are refused once; each has a recipient of its own."""
        sink = self.sink(name, self.healthy, "--defer-first-n", "1")
        count = self.options.probes
        begin = time.monotonic()
        harness.run_load(node.smtp_address, "--count", str(count), "--rate", "20", "--size", "1000",
                         "--sessions", "5", "--run", name, "--start-id", str(self.start_id),
                         build=self.build)
        self.start_id += count
        arrived = 0
        while arrived < count and time.monotonic() - begin < self.options.timeout:
            time.sleep(0.5)
            arrived = sink.counts()["messages"]
        self.remember_peak(node)
        report = sink.report()
        return {"arrived": arrived, **{key: report[f"e2e_{key}_ms"]
                                       for key in ("p50", "p99", "max")}}

    def quiet(self):
        node = self.node("quiet")
        node.start()
        try:
            return self.greylisted(node, "quiet-sink")
        finally:
            node.stop()

    def fill(self, node):
        begin = time.monotonic()
        subprocess.run([self.build.program("spool_fill"), "--path", str(node.data / "spool"),
                        "--messages", str(self.options.queued), "--next-hop", "dead.example",
                        "--next-hops", str(self.options.next_hops)], check=True)
        return time.monotonic() - begin

    def drain(self, node):
        """Messages a second when the dead host is back: on the whole, and the best 10 s."""
        before = node.queued()
        sink = self.sink("revived", self.dead)
        begin = time.monotonic()
        points = [(begin, before)]
        while points[-1][1] > 0 and time.monotonic() - begin < self.options.timeout:
            time.sleep(1)
            points.append((time.monotonic(), node.queued() or 0))
            self.remember_peak(node)
        first = next((at for at, left in points if left < before), begin)
        windows = [(a[1] - b[1]) / (b[0] - a[0]) for a, b in zip(points, points[10:])]
        sink.report()
        gone, took = before - points[-1][1], points[-1][0] - first + 1
        return {"drained": gone, "first_after_s": round(first - begin, 1),
                "drained_per_s": round(gone / took), "seconds": round(took, 1),
                "best_10_s_per_s": round(max(windows, default=gone / took))}

    def run(self):
        figures = {"queued": self.options.queued, "next_hops": self.options.next_hops,
                   "quiet_ms": self.quiet()}
        node = self.node("node")
        figures["filled_in_s"] = round(self.fill(node), 1)
        node.start(seconds=self.options.timeout)
        node.kill()
        begin = time.monotonic()
        node.start(seconds=self.options.timeout)
        figures["ready_after_s"] = round(time.monotonic() - begin, 2)
        try:
            figures["with_backlog_ms"] = self.greylisted(node, "healthy-sink")
            figures["p99_ratio"] = round(
                figures["with_backlog_ms"]["p99"] / figures["quiet_ms"]["p99"], 2)
            figures["rss_mib"] = round(node.process.memory_kib() / 1024, 1)
            figures["cpu_s"] = node.process.cpu_seconds()
            if not self.options.no_drain:
                figures["revived"] = self.drain(node)
            self.remember_peak(node)
            figures["peak_rss_mib"] = round(self.peak / 1024, 1)
        finally:
            node.stop()
        return figures


def parse():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", help="build directory")
    parser.add_argument("--dir", help="directory on the disk that is to be measured")
    parser.add_argument("--queued", type=int, default=1_000_000)
    parser.add_argument("--next-hops", type=int, default=1)
    parser.add_argument("--probes", type=int, default=200)
    parser.add_argument("--no-drain", action="store_true")
    parser.add_argument("--timeout", type=float, default=900)
    parser.add_argument("--set", action="append", default=[], type=harness.setting,
                        metavar="NAME=VALUE", help="a setting of the node")
    return parser.parse_args()


def main():
    options = parse()
    directory = pathlib.Path(tempfile.mkdtemp(prefix="signpost-backlog-", dir=options.dir))
    try:
        print(json.dumps(Bench(options, directory).run(), indent=2))
    finally:
        shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    main()
