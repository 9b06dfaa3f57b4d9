#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
"""A node between other people's programs: Postfix, its smtp-source and smtp-sink, and swaks."""
import os
import subprocess
import unittest

import harness
from mail_sink import MailSink
from postfix import Postfix

USERS = ("info", "later", "never", "grey1", "grey2")
ZONES = [{"name": "zone.example",
          "rules": [harness.rule(user, f"{user}@dest.example") for user in USERS]}]


class ToPostfix(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        harness.require("swaks", "postfix")
        cls.directory = cls.enterClassContext(harness.temporary_directory())
        cls.postfix = cls.enterClassContext(Postfix(cls.directory))
        cls.origin = cls.enterClassContext(MailSink())
        cls.node = cls.enterClassContext(harness.Node(
            ZONES, {"queue.retry_schedule": ["1s"], "queue.lifetime": "1h"},
            routes=[f"dest.example={cls.postfix.address}",
                    f"sender.example={cls.origin.address}"]))

    def setUp(self):
        self.origin.forget()

    def test_it_takes_our_mail_with_tls(self):
        before = len(self.postfix.mails())
        harness.swaks(self.node, "info@zone.example", "--body", "to Postfix", "--tls")
        mail = self.postfix.wait_for(before + 1)[-1]
        self.assertIn(b"to Postfix", mail)
        self.assertIn(b"Return-Path: <SRS0=", mail)
        self.assertIn("TLS connection established from", self.postfix.log_text())

    def test_what_it_defers_stays_with_us(self):
        harness.swaks(self.node, "later@zone.example")
        harness.wait_until(lambda: len(self.postfix.replies("later@dest.example")) >= 2, 30)
        self.assertGreaterEqual(self.node.queued(), 1)
        self.assertEqual(self.origin.messages, [])

    def test_what_it_greylists_arrives_later(self):
        before = len(self.postfix.mails())
        harness.swaks(self.node, "grey1@zone.example", "--body", "through the greylist")
        self.assertIn(b"through the greylist", self.postfix.wait_for(before + 1)[-1])
        self.assertEqual(self.postfix.replies("grey1@dest.example"), ["450"])

    def test_what_it_refuses_goes_back_as_a_notice(self):
        harness.swaks(self.node, "never@zone.example")
        notice = self.origin.wait_for(1)[0]
        self.assertEqual(notice.recipients, ["alice@sender.example"])
        self.assertIn(b"no such user", notice.data)


class SourceAndSink(unittest.TestCase):
    """Postfix's load programs on both sides."""

    def setUp(self):
        harness.require("smtp-source", "smtp-sink")
        self.directory = self.enterContext(harness.temporary_directory())

    def start_sink(self, *options):
        port = harness.free_port(harness.SINK_IP)
        kept = self.directory / "kept"
        kept.mkdir()
        user = ["-u", "root"] if os.geteuid() == 0 else []
        sink = harness.Process(
            [harness.find_program("smtp-sink"), *user, *options, "-d", f"{kept}/mail.",
             f"{harness.SINK_IP}:{port}", "100"], self.directory / "smtp-sink.out")
        self.addCleanup(sink.stop)
        return f"{harness.SINK_IP}:{port}", kept

    def send(self, node, count, *options):
        done = subprocess.run(
            [harness.find_program("smtp-source"), "-s", "10", "-m", str(count), "-l", "4000", "-f",
             "alice@sender.example", "-t", "info@zone.example", *options, node.smtp_address],
            capture_output=True, text=True, timeout=120, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_every_message_of_smtp_source_reaches_smtp_sink(self):
        address, kept = self.start_sink()
        with harness.Node(ZONES, {"log.level": "info"}, routes=[f"*={address}"]) as node:
            self.send(node, 200)
            self.send(node, 200, "-d")  # keeps the connections
            node.wait_empty()
        self.assertEqual(len(list(kept.iterdir())), 400)

    def test_a_server_without_esmtp_gets_plain_smtp(self):
        address, kept = self.start_sink("-e")
        with harness.Node(ZONES, routes=[f"*={address}"]) as node:
            self.send(node, 10)
            node.wait_empty()
        self.assertEqual(len(list(kept.iterdir())), 10)

    def test_a_server_without_pipelining_gets_one_command_at_a_time(self):
        address, kept = self.start_sink("-p")
        with harness.Node(ZONES, routes=[f"*={address}"]) as node:
            self.send(node, 10)
            node.wait_empty()
        self.assertEqual(len(list(kept.iterdir())), 10)


class LoadPrograms(unittest.TestCase):
    """Our own load and sink, whose ledgers must agree."""

    def test_every_acknowledged_message_arrives_once(self):
        harness.require()
        with harness.temporary_directory() as directory:
            sink = harness.LoadSink(directory, "--defer-rate", "0.05")
            self.addCleanup(sink.stop)
            users = [harness.rule(f"user{n:03d}", f"user{n:03d}@dest.example") for n in range(100)]
            with harness.Node([{"name": "zone.example", "rules": users}],
                              {"log.level": "info", "queue.retry_schedule": ["1s"]},
                              routes=[f"*={sink.address}"]) as node:
                ledger = directory / "load.ledger"
                report = harness.run_load(node.smtp_address, "--count", "3000", "--sessions", "20",
                                          "--to-count", "100", ledger=ledger)
                self.assertEqual(report["acknowledged"], 3000, report)
                node.wait_empty()
            done = subprocess.run(
                [harness.Build().program("verify_ledger"), "--acknowledged", str(ledger),
                 "--received", str(sink.ledger)], capture_output=True, text=True, check=False)
            self.assertEqual(done.stdout,
                             "acknowledged 3000 lost 0 duplicated 0 unacknowledged 0\n")


if __name__ == "__main__":
    harness.main()
