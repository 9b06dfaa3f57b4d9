#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
"""A node is saved while mail comes in, its machine is lost, another one goes on from the copy."""
import json
import os
import re
import shutil
import smtplib
import stat
import threading
import unittest

import harness
from mail_sink import MailSink

ZONES = [{"name": "zone.example", "rules": [harness.rule("info", "info@dest.example")]}]
TEXT = b"From: alice@sender.example\r\nSubject: %06d\r\n\r\n" + b"x" * 3000 + b"\r\n"


class Backup(unittest.TestCase):
    def setUp(self):
        harness.require()
        self.directory = self.enterContext(harness.temporary_directory())
        self.sink = self.enterContext(MailSink())
        self.sink.on_recipient = lambda address, tries: "450 4.2.0 not yet"
        self.backup = self.directory / "backup"
        self.acknowledged = []

    def make_node(self, zones=(), **settings):
        return harness.Node(zones, {"queue.retry_schedule": ["1s"], **settings},
                            self.directory / "node", routes=[f"*={self.sink.address}"])

    def send(self, node, count=1000, until=lambda: False):
        """Sends until told; numbers of what was acknowledged are noted."""
        with smtplib.SMTP(harness.NODE_IP, node.smtp_port, "client.example", timeout=30) as client:
            client.ehlo()
            for number in range(len(self.acknowledged), len(self.acknowledged) + count):
                if until():
                    return
                client.sendmail("alice@sender.example", ["info@zone.example"], TEXT % number)
                self.acknowledged.append(number)

    def arrived(self):
        return {int(re.search(rb"Subject: (\d+)", one.data)[1]) for one in self.sink.messages}

    def create(self, node):
        return json.loads(node.cli("backup", "create", "--to", str(self.backup), "--json").stdout)

    def restore(self, node, *options):
        """The machine is lost; the data directory comes from the backup."""
        shutil.rmtree(node.data)
        return node.cli("backup", "restore", str(self.backup), "--to", str(node.data), *options)

    def test_mail_acknowledged_before_is_in_the_copy(self):
        with self.make_node(ZONES) as node:
            self.send(node, 50)
            stop = threading.Event()
            load = threading.Thread(target=self.send, args=(node, 5000, stop.is_set))
            load.start()
            harness.wait_until(lambda: len(self.acknowledged) > 100)
            before = len(self.acknowledged)
            made = self.create(node)
            self.assertTrue(made["running"])
            self.assertGreaterEqual(made["messages"], before)
            stop.set()
            load.join()
            self.assertFalse((node.data / "backup.tmp").exists())
            secrets = (node.data / "srs_secrets").read_bytes()
            node.kill()
            self.assertIn("is complete", node.cli("backup", "verify", str(self.backup)).stdout)
            told = self.restore(node)
            self.assertIn("will be sent again", told.stderr)
            self.assertEqual((node.data / "srs_secrets").read_bytes(), secrets)
            self.assertEqual(stat.S_IMODE(os.stat(node.data / "srs_secrets").st_mode), 0o600)
            self.sink.on_recipient = lambda address, tries: None
            node.start()
            node.wait_empty(60)
            self.assertLessEqual(set(range(before)), self.arrived())
            self.assertTrue((self.backup / "data" / "activity" / "CURRENT").exists())

    def test_the_store_is_saved_and_the_queue_may_stay_away(self):
        listen = f"{harness.NODE_IP}:{harness.free_port()}"
        with self.make_node(**{"config.source": "store", "api.listen": [listen]}) as node:
            node.cli("zone", "create", "zone.example", "--enable")
            node.cli("rule", "create", "info@zone.example", "--drop")
            made = self.create(node)
            self.assertGreater(made["files"], 5)
            node.kill()
            self.restore(node, "--without-queue")
            self.assertFalse((node.data / "spool").exists())
            node.start()
            self.assertIn("zone.example", node.cli("zone", "list").stdout)

    def test_a_node_that_does_not_run_is_saved_as_it_is(self):
        with self.make_node(ZONES) as node:
            self.send(node, 20)
            node.kill()
            self.assertFalse(self.create(node)["running"])
            self.restore(node)
            self.sink.on_recipient = lambda address, tries: None
            node.start()
            node.wait_empty(30)
            self.assertEqual(self.arrived(), set(range(20)))

    def test_the_log_may_stay_away(self):
        with self.make_node(ZONES) as node:
            self.send(node, 3)
            node.cli("backup", "create", "--to", str(self.backup), "--without-log")
            self.assertFalse((self.backup / "data" / "activity").exists())
            self.assertTrue((self.backup / "data" / "spool" / "CURRENT").exists())

    def test_an_older_queue_put_in_place_has_ways_out(self):
        with self.make_node(ZONES) as node:
            self.send(node, 5)
            self.create(node)
            self.send(node, 7)
            for way in ("accept-loss", "adopt"):
                node.stop()
                shutil.rmtree(node.data / "spool")
                shutil.copytree(self.backup / "data" / "spool", node.data / "spool")
                if way == "adopt":
                    self.assertEqual(node.cli("spool", "losses", check=False).returncode, 0)
                    node.cli("spool", "adopt", "--yes")
                node.start(wait=False)
                if way == "accept-loss":
                    told = harness.wait_until(lambda: re.search(
                        r"\b7 acknowledged messages missing.*accept-loss (loss-\w+)",
                        node.http("/readyz")[1]), what="the loss is told")
                    node.cli("spool", "accept-loss", told[1])
                node.wait_ready()
                self.assertEqual(node.queued(), 5)
                refused = node.cli("spool", "adopt", "--yes", check=False)
                self.assertIn("stop the node first", refused.stderr)
                self.send(node, 7)
            self.sink.on_recipient = lambda address, tries: None
            node.wait_empty(30)

    def test_damage_and_what_is_in_the_way_are_told(self):
        with self.make_node(ZONES) as node:
            self.send(node, 5)
            self.create(node)
            again = node.cli("backup", "create", "--to", str(self.backup), check=False)
            self.assertEqual(again.returncode, 2)
            self.assertIn("not empty", again.stderr)
            taken = node.cli("backup", "restore", str(self.backup), "--to", str(node.data),
                             check=False)
            self.assertEqual(taken.returncode, 2)
            self.assertIn("nothing is overwritten", taken.stderr)
            node.stop()
            for name in ("data/spool", "backup.json"):
                self.damage_is_told(node, name)

    def damage_is_told(self, node, name):
        path = self.backup / name
        if path.is_dir():
            path = max(path.iterdir(), key=lambda one: one.stat().st_size)
        good = path.read_bytes()
        wrong = bytearray(good)
        wrong[len(wrong) // 2] ^= 1
        path.write_bytes(wrong)
        self.assertEqual(node.cli("backup", "verify", str(self.backup), check=False).returncode, 1)
        elsewhere = self.directory / "elsewhere"
        done = node.cli("backup", "restore", str(self.backup), "--to", str(elsewhere), check=False)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertFalse(elsewhere.exists() and any(elsewhere.iterdir()))
        path.write_bytes(good)


if __name__ == "__main__":
    harness.main()
