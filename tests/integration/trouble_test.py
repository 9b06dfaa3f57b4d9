#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
"""Nothing that was acknowledged is lost: not by kill -9, not by a full disk, not by a stop."""
import contextlib
import os
import re
import signal
import smtplib
import socket
import subprocess
import unittest

import harness
from mail_sink import MailSink

HEAD = b"From: alice@sender.example\r\nSubject: hello\r\n\r\n"
ZONES = [{"name": "zone.example", "rules": [
    harness.rule("info", "info@dest.example"), harness.rule("later", "later@dest.example")]}]
MIB = 1 << 20


class Trouble(unittest.TestCase):
    def setUp(self):
        harness.require()
        self.sink = self.enterContext(MailSink())

    def make_node(self, settings=None, **more):
        return harness.Node(ZONES, {"queue.retry_schedule": ["1s"], **(settings or {})},
                            routes=[f"*={self.sink.address}"], **more)

    def client(self, node):
        client = smtplib.SMTP(harness.NODE_IP, node.smtp_port, "client.example", timeout=30)
        self.addCleanup(client.close)
        client.ehlo()
        return client

    def send(self, node, text, recipient="info@zone.example"):
        """The reply that refused the message, or None when it was accepted."""
        client = self.client(node)
        for reply in (lambda: client.mail("alice@sender.example"),
                      lambda: client.rcpt(recipient), lambda: client.data(HEAD + text)):
            code, said = reply()
            if code != 250:
                return code, said.decode()
        return None

    def texts(self):
        return sorted(m.data.rpartition(b"\r\n\r\n")[2].strip() for m in self.sink.messages)


class Signals(Trouble):
    def test_mail_that_was_acknowledged_survives_kill_9(self):
        self.sink.on_recipient = lambda address, tries: "450 4.2.0 not yet"
        with self.make_node() as node:
            for n in range(20):
                self.assertIsNone(self.send(node, b"message %02d\r\n" % n))
            node.kill()
            self.sink.on_recipient = lambda address, tries: None
            node.start()
            self.sink.wait_for(20)
            node.wait_empty(20)
        self.assertEqual(self.texts(), [b"message %02d" % n for n in range(20)])

    def begin_data(self, node):
        client = self.client(node)
        client.mail("alice@sender.example")
        client.rcpt("info@zone.example")
        self.assertEqual(client.docmd("DATA")[0], 354)
        client.send(HEAD + b"the first half\r\n")
        return client

    def refuses_connections(self, node):
        try:
            socket.create_connection((harness.NODE_IP, node.smtp_port), 5).close()
        except ConnectionRefusedError:
            return True
        except ConnectionResetError:
            pass  # between the connection and its acceptance
        return False

    def test_sigterm_lets_a_transfer_finish(self):
        with self.make_node() as node:
            client = self.begin_data(node)
            os.kill(node.process.pid, signal.SIGTERM)
            harness.wait_until(lambda: self.refuses_connections(node), 10)
            self.assertEqual(node.http("/readyz")[0], 503)
            client.send(b"the second half\r\n.\r\n")
            self.assertEqual(client.getreply()[0], 250)
            self.assertEqual(client.getreply()[0], 421)  # RFC 5321 §3.8
            self.assertEqual(node.process.child.wait(20), 0)
            node.start()  # whether it was delivered before the end or not
            self.assertIn(b"the second half", self.sink.wait_for(1)[0].data)
            node.wait_empty(20)
        self.assertEqual(len(self.sink.messages), 1)

    def test_a_second_sigterm_waits_for_nobody(self):
        with self.make_node({"node.shutdown_timeout": "10m"}) as node:
            self.begin_data(node)
            os.kill(node.process.pid, signal.SIGTERM)
            harness.wait_until(lambda: self.refuses_connections(node), 10)
            self.assertTrue(node.process.running())
            os.kill(node.process.pid, signal.SIGTERM)
            self.assertEqual(node.process.child.wait(10), 0)
        self.assertEqual(self.sink.messages, [])

    def test_a_transfer_that_never_ends_does_not_hold_up_the_end(self):
        with self.make_node({"node.shutdown_timeout": "1s"}) as node:
            self.begin_data(node)
            self.assertEqual(node.stop(), 0)

    def test_a_stop_lets_a_running_delivery_finish(self):
        with self.make_node() as node:
            taken = []

            def stop_first(_):
                taken.append(os.kill(node.process.pid, signal.SIGTERM))
                harness.wait_until(lambda: self.refuses_connections(node), 10)
            self.sink.on_data = stop_first
            self.assertIsNone(self.send(node, b"once\r\n"))
            self.assertEqual(node.process.child.wait(20), 0)
            self.sink.on_data = lambda message: None
            node.start()
            node.wait_empty(20)
        self.assertEqual(len(taken), 1)
        self.assertEqual(self.texts(), [b"once"])


class FullDisk(Trouble):
    """The data directory on a small file system of its own."""

    def setUp(self):
        super().setUp()
        if os.geteuid() != 0:
            self.skipTest("mounting a file system takes root")
        self.directory = self.enterContext(harness.temporary_directory())
        self.data = self.directory / "disk"
        self.data.mkdir()
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=320m,mode=700", "tmpfs",
                               str(self.data)], capture_output=True, text=True, check=False)
        if done.returncode:
            self.skipTest(f"tmpfs cannot be mounted: {done.stderr.strip()}")
        self.addCleanup(subprocess.run, ["umount", str(self.data)], check=True)
        self.filler = self.data / "filler"

    def fill(self, leave):
        """Takes all space but `leave` octets, however much the node takes at the same time."""
        with open(self.filler, "ab") as file:
            def is_filled():
                about = os.statvfs(self.data)
                free = about.f_bavail * about.f_frsize - leave
                if free > 0:
                    with contextlib.suppress(OSError):  # the node was faster
                        os.posix_fallocate(file.fileno(), os.fstat(file.fileno()).st_size, free)
                return free <= 0
            harness.wait_until(is_filled, 10, 0, "the disk is filled")

    def start(self, node):
        node.settings["node.data_dir"] = str(self.data)
        node.data = self.data
        node.write_config()
        return self.enterContext(node)

    def refuses_for_space(self, node):
        refused = self.send(node, b"never\r\n")
        return refused is not None and refused[0] == 452 and refused[1].startswith("4.3.1")

    def check_trouble(self, node):
        harness.wait_until(lambda: node.http("/readyz")[0] == 503, 20, what="not ready")
        _, page = node.http("/readyz")
        self.assertIn("spool", page)
        self.assertIn("full", page)
        self.assertEqual(node.http("/livez")[0], 200)
        harness.wait_until(lambda: node.metric("signpost_spool_state", state="full") == 1, 5)
        self.assertEqual(node.metric("signpost_node_ready"), 0)

    def check_recovery(self, node, wanted):
        self.filler.unlink()
        harness.wait_until(lambda: node.http("/readyz")[0] == 200, 20, what="ready again")
        self.assertIsNone(self.send(node, b"after\r\n"))
        self.sink.on_recipient = lambda address, tries: None
        harness.wait_until(lambda: len(set(self.texts())) == len(wanted) + 1, 30,
                           what="all mail is delivered")
        node.wait_empty(20)
        self.assertEqual(sorted(set(self.texts())), sorted([*wanted, b"after"]))

    def test_too_little_space_refuses_mail_and_delivers_what_is_there(self):
        self.sink.on_recipient = lambda address, tries: "450 4.2.0 not yet"
        node = self.start(self.make_node({"storage.free_space_min": "16MiB"}))
        self.assertIsNone(self.send(node, b"before\r\n"))
        self.fill(leave=8 * MIB)
        harness.wait_until(lambda: self.refuses_for_space(node), 20, what="mail is refused")
        self.check_trouble(node)
        self.sink.on_recipient = lambda address, tries: None
        self.sink.wait_for(1)
        node.wait_empty(20)  # settlements still find their place
        self.check_recovery(node, [b"before"])

    def test_no_space_at_all_loses_nothing(self):
        self.sink.on_recipient = lambda address, tries: "450 4.2.0 not yet"
        node = self.start(self.make_node({"storage.free_space_min": "16MiB"}))
        self.assertIsNone(self.send(node, b"before\r\n"))
        acknowledged = []
        self.fill(leave=0)
        for n in range(200):  # until the disk, or the look at its free space, says no
            text = b"%03d " % n + b"x" * 900 + b"\r\n"
            if self.send(node, text * 100):
                break
            acknowledged.append((text * 100).strip())
        harness.wait_until(lambda: self.refuses_for_space(node), 20, what="mail is refused")
        self.check_trouble(node)
        self.check_recovery(node, [b"before", *acknowledged])

    def test_outcomes_that_find_no_space_are_written_later(self):
        """Notices that return large messages need more than what the store holds in reserve."""
        self.sink.on_recipient = lambda address, tries: "450 4.2.0 not yet"
        node = self.start(self.make_node({"storage.free_space_min": "100MiB",
                                          "queue.returned_message_max": "2MiB",
                                          "delivery.connection_idle": "0s"}))
        line = b"x" * 998 + b"\r\n"
        for n in range(40):
            self.assertIsNone(self.send(node, b"%02d\r\n" % n + line * 1024))
        self.fill(leave=0)
        self.sink.on_recipient = lambda address, tries: (
            "550 5.1.1 no" if address.startswith("info@") else None)
        failed = re.compile(r"spool\.commit_failed .*settlements=[1-9]")
        harness.wait_until(lambda: failed.search(node.log_text()), 60,
                           what="an outcome finds no space")
        self.assertTrue(self.refuses_for_space(node))
        self.check_trouble(node)
        self.filler.unlink()
        harness.wait_until(lambda: node.http("/readyz")[0] == 200, 20, what="ready again")
        node.wait_empty(60)
        numbers = {re.search(rb"\r\n\r\n(\d\d)\r\nxxx", m.data).group(1)
                   for m in self.sink.messages}
        self.assertEqual((len(numbers), len(self.sink.messages)), (40, 40))
        self.assertEqual({m.sender for m in self.sink.messages}, {""})
        self.assertEqual(node.metric("signpost_queue_outcomes_total", outcome="bounced"), 40)


if __name__ == "__main__":
    harness.main()
