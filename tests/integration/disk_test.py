#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
"""Disks that refuse: quotas, read-only mounts, errors, volumes of the stores' own, few inodes.

A node waits and goes on by itself, or ends with status 3, is started again by its supervisor and
has everything: what was acknowledged arrives once there is a disk again.
"""
import contextlib
import os
import pathlib
import smtplib
import subprocess
import sys
import time
import unittest

import harness
from mail_sink import MailSink

sys.path.append(str(harness.REPOSITORY / "tests" / "endurance"))
import faults  # noqa: E402

ZONES = [{"name": "zone.example", "rules": [harness.rule("info", "info@dest.example")]}]
LETTER = b"From: alice@sender.example\r\nSubject: %s\r\n\r\nthe body\r\n"
WRITING = "op=write,allocate,truncate,create,mkdir,sync,rename,link"
EXIT_AFTER_S = 2


class Disk(unittest.TestCase):
    """A node whose zones are in its store."""

    def setUp(self):
        harness.require()
        self.sink = self.enterContext(MailSink())
        self.directory = self.enterContext(harness.temporary_directory())
        self.data = self.directory / "node" / "data"
        self.data.mkdir(mode=0o700, parents=True)
        self.acknowledged = 0

    def make_node(self, environment=None, data=None):
        node = harness.Node(
            ZONES, {"queue.retry_schedule": ["1s"], "config.source": "store",
                    "storage.failed_exit_after": f"{EXIT_AFTER_S}s", "node.shutdown_timeout": "5s",
                    "node.data_dir": str(data or self.data),
                    "api.listen": [f"{harness.NODE_IP}:{harness.free_port()}"]},
            self.directory / "node", routes=[f"*={self.sink.address}"], environment=environment)
        node.data = pathlib.Path(data or self.data)
        node.cli("config", "import", str(node.zones_file))
        self.addCleanup(node.stop)
        return node

    def send(self, node, subject=b"hello"):
        """The code of the last reply."""
        try:
            with smtplib.SMTP(harness.NODE_IP, node.smtp_port, "client.example",
                              timeout=30) as client:
                client.sendmail("alice@sender.example", ["info@zone.example"], LETTER % subject)
        except smtplib.SMTPResponseException as refused:
            return refused.smtp_code
        except smtplib.SMTPRecipientsRefused as refused:
            return next(iter(refused.recipients.values()))[0]
        self.acknowledged += 1
        return 250

    def hold(self):
        self.sink.on_recipient = lambda address, tries: "450 4.2.0 not yet"

    def let_go(self):
        self.sink.on_recipient = lambda address, tries: None

    def change(self, node, name):
        return node.cli("rule", "create", f"{name}@zone.example", "--drop",
                        check=False).returncode == 0

    def assertReady(self, node, seconds=30):
        harness.wait_until(lambda: node.http("/readyz")[0] == 200, seconds, 0.1,
                           f"ready: {node.http('/readyz')} {node.log_text()[-1500:]}")

    def assertUnready(self, node, word):
        harness.wait_until(lambda: node.http("/readyz")[0] == 503, 20, 0.1, "not ready")
        self.assertIn(word, node.http("/readyz")[1])

    def assertAllArrive(self, node):
        self.let_go()
        node.wait_empty(30)
        self.assertEqual(len(self.sink.messages), self.acknowledged)

    def assertEndsForARestart(self, node):
        self.assertEqual(node.process.child.wait(EXIT_AFTER_S + 30), 3)
        node.process = None


class Refusals(Disk):
    """The disk is fine but for what the preloaded library says."""

    def setUp(self):
        super().setUp()
        self.disk = faults.Disk(harness.Build(), self.data, self.directory, 1)
        self.node = self.make_node(self.disk.environment())
        self.hold()
        self.node.start()
        for _ in range(3):
            self.assertEqual(self.send(self.node), 250)

    def set(self, *lines):
        self.disk.set(*lines)
        time.sleep(0.15)

    def refuse_and_heal(self, number):
        self.set(f"error {WRITING} errno={number}")
        self.assertEqual(self.send(self.node), 452)
        self.assertUnready(self.node, "full")
        self.assertFalse(self.change(self.node, "during"))
        self.assertFalse(self.change(self.node, "during"))
        self.assertEqual(self.node.http("/livez")[0], 200)
        time.sleep(2)
        self.assertTrue(self.node.process.running())
        self.disk.heal()
        self.assertReady(self.node)
        self.assertEqual(self.send(self.node), 250)
        self.assertTrue(self.change(self.node, "after"))
        self.assertAllArrive(self.node)

    def test_a_quota_that_is_raised(self):
        self.refuse_and_heal("EDQUOT")

    def test_a_mount_that_is_read_only_for_a_while(self):
        self.refuse_and_heal("EROFS")

    def test_no_space_that_statvfs_does_not_show(self):
        self.refuse_and_heal("ENOSPC")

    def test_an_error_of_the_log_ends_in_a_restart_with_everything(self):
        self.set("error op=sync errno=EIO path=spool/*.log")
        self.assertEqual(self.send(self.node), 451)
        self.assertUnready(self.node, "failed")
        self.assertEndsForARestart(self.node)
        self.disk.heal()
        self.node.start()
        self.acknowledged_at_least(3)

    def acknowledged_at_least(self, count):
        """What was refused may turn up as well: nobody knows what the disk kept."""
        self.let_go()
        self.node.wait_empty(30)
        self.assertGreaterEqual(len(self.sink.messages), count)

    def test_a_store_of_zones_without_room_does_not_stop_mail(self):
        self.set(f"error {WRITING} errno=ENOSPC path=config/*")
        for _ in range(3):
            self.assertFalse(self.change(self.node, "during"))
        self.assertEqual(self.send(self.node), 250)
        self.assertEqual(self.node.http("/readyz")[0], 200)
        self.disk.heal()
        # The faults end within moments of their file's change.
        harness.wait_until(lambda: self.change(self.node, "after"), 5, 0.2, "a change")
        self.assertAllArrive(self.node)

    def test_a_store_of_zones_that_failed_ends_in_a_restart(self):
        self.set("error op=sync errno=EIO path=config/*.log")
        self.assertFalse(self.change(self.node, "during"))
        self.disk.heal()
        self.assertUnready(self.node, "control store: failed")
        self.assertEqual(self.send(self.node), 250)
        self.assertEndsForARestart(self.node)
        self.node.start()
        self.assertTrue(self.change(self.node, "after"))
        self.assertAllArrive(self.node)


class Volumes(Disk):
    """Real file systems."""

    def setUp(self):
        super().setUp()
        if os.geteuid() != 0:
            self.skipTest("mounting a file system takes root")

    def mount(self, place, *arguments):
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        done = subprocess.run(["mount", *arguments, str(place)], capture_output=True, text=True,
                              check=False)
        if done.returncode:
            self.skipTest(f"cannot be mounted: {done.stderr.strip()}")
        self.addCleanup(subprocess.run, ["umount", "-l", str(place)], check=True)
        os.chmod(place, 0o700)

    def mount_ext4(self, place, mib, *options):
        image = self.directory / "image"
        with open(image, "wb") as file:
            file.truncate(mib << 20)
        make = harness.find_program("mkfs.ext4")
        if not make:
            self.skipTest("mkfs.ext4 is not installed")
        subprocess.run([make, "-q", "-F", *options, str(image)], check=True)
        self.mount(place, "-o", "loop,errors=remount-ro", str(image))
        return image

    def fill(self, folder):
        about = os.statvfs(folder)
        with open(folder / "filler", "wb") as file, contextlib.suppress(OSError):
            os.posix_fallocate(file.fileno(), 0, about.f_bavail * about.f_frsize)

    def test_a_file_system_that_finds_itself_damaged(self):
        """ext4 becomes read-only under open files, and stays so until it was looked after."""
        image = self.mount_ext4(self.data, 300)
        device = os.path.basename(subprocess.run(
            ["findmnt", "-n", "-o", "SOURCE", str(self.data)], capture_output=True, text=True,
            check=True).stdout.strip())
        trigger = pathlib.Path(f"/sys/fs/ext4/{device}/trigger_fs_error")
        if not trigger.exists():
            self.skipTest("the kernel has no trigger_fs_error")
        node = self.make_node()
        self.hold()
        node.start()
        for _ in range(3):
            self.assertEqual(self.send(node), 250)
        trigger.write_text("a test")
        # Whichever meets it first: a write, or the look at the volume.
        self.assertUnready(node, "spool: ")
        self.assertIn(self.send(node), (451, 452))
        self.assertFalse(self.change(node, "during"))
        self.assertEqual(node.http("/livez")[0], 200)
        node.stop()
        subprocess.run(["umount", str(self.data)], check=True)
        subprocess.run([harness.find_program("e2fsck"), "-fy", str(image)], capture_output=True,
                       check=False)
        subprocess.run(["mount", "-o", "loop", str(image), str(self.data)], check=True)
        node.start()
        self.assertTrue(self.change(node, "after"))
        self.assertAllArrive(node)

    def test_the_store_of_zones_on_a_full_volume_of_its_own(self):
        config = self.data / "config"
        self.mount(config, "-t", "tmpfs", "-o", "size=100m", "tmpfs")
        node = self.make_node()
        node.start()
        self.fill(config)
        for _ in range(3):
            self.assertFalse(self.change(node, "during"))
        self.assertEqual(self.send(node), 250)
        node.wait_empty(20)
        (config / "filler").unlink()
        self.assertTrue(self.change(node, "after"))
        node.stop()
        self.fill(config)
        node.start(wait=False)
        harness.wait_until(lambda: node.http("/readyz")[0] == 503, 20, what="health is told")
        self.assertIn(str(config), node.http("/readyz")[1])
        (config / "filler").unlink()
        self.assertReady(node)
        self.assertTrue(self.change(node, "again"))
        self.assertEqual(self.send(node), 250)
        self.assertAllArrive(node)

    def test_few_inodes_under_load(self):
        """RocksDB makes and removes files all the time; nothing else is there but the node."""
        self.mount_ext4(self.data, 200, "-N", "160")
        node = self.make_node()
        node.start()
        end = time.monotonic() + 6
        codes = set()
        number = 0
        while time.monotonic() < end:
            codes.add(self.send(node, b"%d" % number + b" x" * 100))
            number += 1
            if number % 20 == 0:
                self.change(node, f"r{number}")
        self.assertLessEqual(codes, {250, 451, 452})
        self.assertTrue(node.process.running())
        self.assertReady(node)
        self.assertAllArrive(node)
        node.stop()
        node.start()
        self.assertEqual(self.send(node), 250)
        self.assertAllArrive(node)


if __name__ == "__main__":
    harness.main()
