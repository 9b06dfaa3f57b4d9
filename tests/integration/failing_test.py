#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
"""Disks that fail and sites that hang keep no node from ending in time, and no mail from coming."""
import pathlib
import smtplib
import socket
import subprocess
import sys
import time
import unittest

import harness
from mail_sink import MailSink

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "endurance"))
import faults  # noqa: E402

HEAD = b"From: alice@sender.example\r\nSubject: hello\r\n\r\n"
ZONES = [{"name": "zone.example", "rules": [
    harness.rule("info", "info@dest.example"), harness.rule("hang", "info@hung.example")]}]
FAILED_EXIT_S = 2
END_S = 5  # what the end of a node that has failed may take


class Failing(unittest.TestCase):
    def setUp(self):
        harness.require()
        self.sink = self.enterContext(MailSink())
        self.silent = self.enterContext(socket.create_server((harness.SINK_IP, 0)))
        directory = self.enterContext(harness.temporary_directory())
        build = harness.Build()
        self.disk = faults.Disk(build, directory / "node" / "data", directory, 1)
        (directory / "node" / "data").mkdir(parents=True, mode=0o700)
        self.node = harness.Node(
            ZONES, {"queue.retry_schedule": ["1s"], "node.shutdown_timeout": "2m",
                    "storage.failed_exit_after": f"{FAILED_EXIT_S}s"},
            directory=directory / "node", build=build, environment=self.disk.environment(),
            routes=[f"hung.example={harness.SINK_IP}:{self.silent.getsockname()[1]}",
                    f"*={self.sink.address}"])
        self.enterContext(self.node)

    def send(self, number, to="info@zone.example"):
        """The first reply that refuses the message, or the last."""
        with smtplib.SMTP(harness.NODE_IP, self.node.smtp_port, "client.example",
                          timeout=30) as client:
            client.ehlo()
            for reply in (lambda: client.mail("alice@sender.example"), lambda: client.rcpt(to),
                          lambda: client.data(HEAD + b"%03d\r\n" % number)):
                code, said = reply()
                if code != 250:
                    break
            return code, said

    def numbers(self):
        return {int(m.data.rpartition(b"\r\n\r\n")[2]) for m in self.sink.messages}

    def end_status(self, seconds):
        """The status of the node, which ends by itself, and how long that took."""
        began = time.monotonic()
        try:
            status = self.node.process.child.wait(seconds)
        except subprocess.TimeoutExpired:
            status = None
            self.node.process.kill()
        self.node.process = None
        return status, time.monotonic() - began

    def check_failure(self, fault, heals=False):
        """Some mail waits, some hangs, and an outcome cannot be written: the end comes in time."""
        self.sink.on_recipient = lambda address, tries: "450 4.2.0 not yet"
        for number in range(10):
            self.assertEqual(self.send(number)[0], 250)
        self.assertEqual(self.send(10, "hang@zone.example")[0], 250)
        self.disk.set(fault)
        harness.wait_until(lambda: "spool: failed" in self.node.http("/readyz")[1], 20, 0.02,
                           "the store fails")
        if heals:
            self.disk.heal()
        self.assertEqual(self.send(99)[0], 451)
        status, took = self.end_status(30)
        self.assertEqual(status, 3)
        self.assertLess(took, FAILED_EXIT_S + END_S + 2)
        self.disk.heal()
        self.sink.on_recipient = lambda address, tries: None
        self.node.settings["delivery.routes"] = [f"*={self.sink.address}"]
        self.node.write_config()
        self.node.start()
        harness.wait_until(lambda: set(range(11)) <= self.numbers(), 30, 0.1, "all is delivered")
        self.assertEqual(self.send(11)[0], 250)
        self.node.wait_empty(20)
        self.assertEqual(self.node.metric("signpost_spool_unaccounted_messages"), 0)

    def test_a_sync_of_the_log_that_fails(self):
        self.check_failure("error op=sync path=spool/*.log errno=EIO")

    def test_a_write_of_the_log_that_fails(self):
        self.check_failure("error op=write path=spool/*.log errno=EIO")

    def test_an_error_that_passes(self):
        """The disk is well again before the node ends, and yet nobody knows what it has."""
        self.check_failure("error op=sync path=spool/*.log errno=EIO", heals=True)

    def test_a_sync_that_never_returns(self):
        self.node.stop()
        self.node.settings["storage.commit_deadline"] = "1s"
        self.node.write_config()
        self.node.start()
        self.check_failure("hang op=sync path=spool/*.log")

    def test_a_stop_does_not_wait_for_sites_that_hang(self):
        self.assertEqual(self.send(1, "hang@zone.example")[0], 250)
        self.silent.settimeout(10)
        self.addCleanup(self.silent.accept()[0].close)
        began = time.monotonic()
        self.assertEqual(self.node.stop(), 0)
        self.assertLess(time.monotonic() - began, 3 + 3)  # delivery.stop_patience
        self.node.settings["delivery.routes"] = [f"*={self.sink.address}"]
        self.node.write_config()
        self.node.start()
        self.sink.wait_for(1)
        self.node.wait_empty(20)
        self.assertIn(" attempt=1 ", next(line for line in self.node.log_text().splitlines()
                                          if "event=delivery.delivered" in line))


if __name__ == "__main__":
    harness.main()
