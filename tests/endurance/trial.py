# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
"""A node between traffic and destinations, for tools/crash-test and tools/soak."""
import pathlib
import re
import signal
import sys
import time

import changes
import faults
import harness
import mailbag
from ledger import Ledger
from power import Power

HERE = pathlib.Path(__file__).resolve().parent
SETTINGS = {"queue.retry_schedule": ["1s"], "log.level": "info",
            # What is tried here is the queue; its senders are nobody, and want every report.
            "auth.verify": False, "queue.reports_per_address": 65000,
            "queue.unproven_reports_per_address": 65000,
            "queue.unproven_reports_per_domain": 65000}


class Trial:
    """`options`: seed, size, rate, sessions, defer_rate, sink_delay_ms, build."""

    def __init__(self, options, directory, settings=None, tracked=False, disturbed=False,
                 from_store=False):
        self.options, self.directory = options, directory
        self.build = harness.Build(options.build)
        self.sent, self.arrived = directory / "sent.ledger", directory / "arrived.ledger"
        self.sent.touch()
        self.ledger = Ledger(self.sent, self.arrived)
        self.content_seed = str(options.seed)
        self.hosts = harness.Process(
            [sys.executable, "-B", str(HERE / "destinations.py"), "--ledger", str(self.arrived),
             "--content-seed", self.content_seed, "--size", str(options.size), "--seed",
             str(options.seed), "--defer-rate", str(options.defer_rate), "--delay-ms",
             str(options.sink_delay_ms)], directory / "destinations.out")
        try:
            self.prepare(settings, tracked, disturbed, from_store)
        except Exception:
            self.hosts.stop()
            raise
        self.load, self.next_number = None, 0

    def prepare(self, settings, tracked, disturbed, from_store):
        """All that may go wrong while the destinations run already."""
        options, directory = self.options, self.directory
        harness.wait_until(lambda: "listening" in self.hosts.text(), 20, 0.02, "hosts listen")
        routes = [line for line in self.hosts.text().splitlines() if "=" in line]
        data = directory / "node" / "data"
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.power = Power(self.build, data, directory) if tracked else None
        self.disk = faults.Disk(self.build, data, directory, options.seed) if disturbed else None
        environment = faults.preload(*(part.environment() for part in (self.disk, self.power)
                                       if part))
        self.node = harness.Node([mailbag.zone(harness.rule)], {**SETTINGS, **(settings or {})},
                                 directory / "node", self.build, routes=routes,
                                 environment=environment or None)
        self.changes = None
        if from_store:
            self.node.settings.update(changes.settings())
            self.node.write_config()
            self.node.cli("config", "import", str(self.node.zones_file))
            self.changes = changes.Changes(self.node)

    # ---- the node
    def start(self, wait=True):
        if self.power:
            self.power.begin()
        self.node.start(wait=wait, seconds=self.options.ready_s)

    def running(self):
        return self.node.process is not None and self.node.process.running()

    def ready(self):
        return self.node.http("/readyz")[0] == 200

    def log_lines(self, pattern):
        return [line for line in self.node.log_text().splitlines() if re.search(pattern, line)]

    # ---- traffic
    def start_load(self):
        options = self.options
        self.load = harness.Process(
            [sys.executable, "-B", str(HERE / "traffic.py"), "--target", self.node.smtp_address,
             "--ledger", str(self.sent), "--content-seed", self.content_seed, "--size",
             str(options.size), "--rate", str(options.rate), "--sessions", str(options.sessions),
             "--start", str(self.next_number)], self.directory / "traffic.out")

    def stop_load(self):
        if self.load is None:
            return
        self.load.child.send_signal(signal.SIGTERM)
        try:
            self.load.child.wait(20)
        except Exception:  # pylint: disable=broad-except
            self.load.kill()
        last = self.load.text().splitlines()[-1:]
        number = last[0].split()[0] if last else ""
        # A load that was killed has not said how far it came.
        self.next_number = int(number) if number.isdigit() else self.next_number + 1_000_000
        self.load = None

    # ---- the end
    def drain(self, seconds):
        """Until the queue is empty; an operator asks for retries meanwhile. False if time was up,
        or the node ended."""
        end, next_retry = time.monotonic() + seconds, 0
        while time.monotonic() < end and self.running():
            if self.node.queued() == 0:
                return True
            if time.monotonic() > next_retry:
                next_retry = time.monotonic() + 5
                for domain in (*mailbag.DOMAINS, mailbag.SENDERS):
                    self.node.cli("queue", "retry", "--next-hop", domain, check=False)
            time.sleep(0.2)
        return False

    def stop(self):
        if self.load is not None:
            self.stop_load()
        if self.node.process is not None:
            self.node.kill()
        self.hosts.stop()


def announced_in(data, log_text):
    """(queue ids named, how many in all, loss ids) that the node has said it has lost."""
    named, total, losses = set(), 0, []
    for report in sorted(pathlib.Path(data).glob("*.losses/*")):
        if report.suffix not in (".loss", ".accepted", ".unreadable"):
            continue
        text = report.read_text(errors="replace")
        if report.name.startswith("messages"):  # given up one by one; nothing waits for a word
            named |= set(re.findall(r"^message ([0-9A-Za-z]{26})", text, re.M))
            continue
        named |= set(re.findall(r"^message ([0-9A-Za-z]{26})", text, re.M))
        count = re.search(r"^unaccounted:? (\d+)", text, re.M)
        total += int(count.group(1)) if count else 0
        losses.append(report.stem)
    for line in log_text.splitlines():
        if "level=error" in line:
            named |= set(re.findall(r"\b[0-9A-Z]{26}\b", line))
    # With a report to a sender is lost what it was to tell.
    for message, report in re.findall(r"event=bounce\.queued queue_id=(\w+) notification=(\w+)",
                                      log_text):
        if report in named:
            named.add(message)
    return named, total, losses
