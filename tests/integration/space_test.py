#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
"""Small volumes, full ones, and ones without inodes: mail flows again once there is room."""
import contextlib
import os
import pathlib
import secrets
import smtplib
import socket
import subprocess
import unittest

import harness
from mail_sink import MailSink

HEAD = b"From: alice@sender.example\r\nSubject: hello\r\n\r\n"
ZONES = [{"name": "zone.example", "rules": [harness.rule("info", "info@dest.example")]}]
MIB = 1 << 20


class SmallVolume(unittest.TestCase):
    def setUp(self):
        harness.require()
        if os.geteuid() != 0:
            self.skipTest("mounting a file system takes root")
        self.sink = self.enterContext(MailSink())
        self.directory = self.enterContext(harness.temporary_directory())
        self.data = self.directory / "disk"
        self.data.mkdir()

    def mount(self, options):
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"{options},mode=700", "tmpfs",
                               str(self.data)], capture_output=True, text=True, check=False)
        if done.returncode:
            self.skipTest(f"tmpfs cannot be mounted: {done.stderr.strip()}")
        self.addCleanup(subprocess.run, ["umount", str(self.data)], check=True)

    def remount(self, options):
        subprocess.run(["mount", "-o", f"remount,{options}", str(self.data)], check=True)

    def node(self, **settings):
        node = harness.Node(ZONES, {"queue.retry_schedule": ["1s"],
                                    "node.data_dir": str(self.data), **settings},
                            routes=[f"*={self.sink.address}"])
        node.data = self.data
        self.addCleanup(node.stop)  # before the disk goes, however the test ends
        return node

    def send(self, node, text, count=1):
        """The reply that refused, or None."""
        return self.send_to(node, "info@zone.example", text, count)

    def send_to(self, node, recipient, text, count=1):
        with contextlib.suppress(smtplib.SMTPServerDisconnected), smtplib.SMTP(
                harness.NODE_IP, node.smtp_port, "client.example", timeout=30) as client:
            client.ehlo()
            for _ in range(count):
                for reply in (lambda: client.mail("alice@sender.example"),
                              lambda: client.rcpt(recipient),
                              lambda: client.data(HEAD + text)):
                    code, said = reply()
                    if code != 250:
                        return code, said.decode()
        return None

    def used(self):
        about = os.statvfs(self.data)
        return (about.f_blocks - about.f_bfree) * about.f_frsize

    def fill(self, leave=0):
        about = os.statvfs(self.data)
        free = about.f_bavail * about.f_frsize - leave
        with open(self.data / "filler", "ab") as file:
            os.posix_fallocate(file.fileno(), os.fstat(file.fileno()).st_size, free)

    def check_that_mail_flows(self, node, seconds=60):
        harness.wait_until(lambda: node.http("/readyz")[0] == 200, seconds, 0.2, "ready")
        self.assertIsNone(self.send(node, b"after\r\n"))
        node.wait_empty(30)
        self.assertTrue(any(b"after" in m.data for m in self.sink.messages))

    def test_a_tenant_whose_mail_waits_leaves_room_for_the_others(self):
        self.mount("size=200m")
        silent = self.enterContext(socket.create_server((harness.SINK_IP, 0), backlog=64))
        port = silent.getsockname()[1]
        node = harness.Node(
            ZONES + [{"name": "other.example", "rules": [harness.rule("info", "x@silent.example")]}],
            {"node.data_dir": str(self.data)},
            routes=[f"dest.example={self.sink.address}",
                    f"silent.example={harness.SINK_IP}:{port}"])
        node.data = self.data
        self.addCleanup(node.stop)
        node.start()
        block = b"".join(secrets.token_hex(38).encode() + b"\r\n" for _ in range(2 * MIB // 78))
        refused = None
        for number in range(100):
            refused = self.send_to(node, "info@other.example", block)
            self.assertIsNone(self.send_to(node, "info@zone.example", b"honest\r\n"), number)
            if refused:
                break
        self.assertEqual(refused, (452, "4.3.1 Too much mail for this domain is waiting here, "
                                        "try again later"))
        self.assertGreater(number, 10)
        for _ in range(20):
            self.send_to(node, "info@other.example", block)
            self.assertIsNone(self.send_to(node, "info@zone.example", b"honest\r\n"))
        self.assertIn("event=queue.share_used_up", node.log_text())

    def test_a_drained_queue_gives_the_disk_back(self):
        self.mount("size=500m")
        line = b"x" * 998 + b"\r\n"
        with self.node() as node:
            for n in range(12):
                self.assertIsNone(self.send(node, b"%d\r\n" % n + line * 1024, 25))
                node.wait_empty(60)
            harness.wait_until(lambda: self.used() < 50 * MIB, 90, 0.5,
                               f"the disk is given back; {self.used() >> 20} MiB are used")
            self.check_that_mail_flows(node)

    def test_a_volume_of_100_mib_works_with_the_defaults(self):
        self.mount("size=100m")
        line = b"x" * 998 + b"\r\n"
        with self.node() as node:
            refused = 0
            for n in range(60):
                refused += self.send(node, b"%d\r\n" % n + line * 500, 10) is not None
                node.wait_empty(60)
            self.assertLess(refused, 30)
            self.check_that_mail_flows(node, 90)

    def start_on_a_full_disk(self, size, leave):
        self.mount(f"size={size}m")
        node = self.node()
        self.fill(leave)
        node.start(wait=False)
        harness.wait_until(lambda: node.http("/readyz")[0] == 503, 20, what="health is told")
        self.assertIn("full", node.http("/readyz")[1])
        self.assertEqual(node.http("/livez")[0], 200)
        self.assertEqual(node.metric("signpost_spool_state", state="full"), 1)
        with self.assertRaises(OSError):
            self.send(node, b"never\r\n")
        (self.data / "filler").unlink()
        self.check_that_mail_flows(node)
        self.assertEqual(node.stop(), 0)

    def test_a_start_on_a_full_disk_waits_for_room(self):
        for mib in (0, 1, 5, 11):
            with self.subTest(mib=mib):
                self.start_on_a_full_disk(100, mib * MIB)

    def test_a_node_that_waits_for_room_can_be_stopped(self):
        self.mount("size=8m")
        node = self.node()
        node.start(wait=False)
        harness.wait_until(lambda: node.http("/readyz")[0] == 503, 20, what="health is told")
        self.assertEqual(node.stop(), 0)

    def test_inodes_that_are_used_up_and_come_back(self):
        self.mount("size=300m,nr_inodes=400")
        self.sink.on_recipient = lambda address, tries: "450 4.2.0 not yet"
        with self.node() as node:
            self.assertIsNone(self.send(node, b"before\r\n"))
            taken = pathlib.Path(self.data) / "taken"
            taken.mkdir()
            with contextlib.suppress(OSError):
                for n in range(1000):
                    (taken / str(n)).touch()
            harness.wait_until(lambda: node.http("/readyz")[0] == 503, 20, what="not ready")
            self.assertIn("inode", node.http("/readyz")[1])
            self.assertEqual(self.send(node, b"never\r\n")[0], 452)
            for path in taken.iterdir():
                path.unlink()
            self.sink.on_recipient = lambda address, tries: None
            self.check_that_mail_flows(node)
            self.assertTrue(any(b"before" in m.data for m in self.sink.messages))

    def test_a_start_without_inodes_waits_for_them(self):
        self.mount("size=300m,nr_inodes=400")
        taken = pathlib.Path(self.data) / "taken"
        taken.mkdir()
        with contextlib.suppress(OSError):
            for n in range(1000):
                (taken / str(n)).touch()
        node = self.node()
        node.start(wait=False)
        harness.wait_until(lambda: node.http("/readyz")[0] == 503, 20, what="health is told")
        self.assertIn("inodes", node.http("/readyz")[1])
        for path in taken.iterdir():
            path.unlink()
        self.check_that_mail_flows(node)


if __name__ == "__main__":
    harness.main()
