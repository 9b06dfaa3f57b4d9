#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
"""A secret that others could read is refused, whichever it is, and nobody is told one."""
import os
import pathlib
import signal
import subprocess
import time
import unittest

import harness

ZONES = [{"name": "zone.example", "rules": [harness.rule("info", "info@dest.example")]}]


class Secrets(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        harness.require()

    def setUp(self):
        self.directory = self.enterContext(harness.temporary_directory())

    def node(self, settings=None):
        return harness.Node(ZONES, settings, self.directory / "node")

    def refusal(self, node):
        """What the node says when it does not start."""
        done = subprocess.run([node.build.program("signpostd"), "--config", str(node.config)],
                              capture_output=True, text=True, timeout=30, check=False)
        self.assertEqual(done.returncode, 1, done)
        return done.stderr.splitlines()[-1]

    def files(self, node):
        return {"SRS secrets": node.data / "srs_secrets",
                "webhook secret": node.data / "webhook-secret",
                "TLS key": pathlib.Path(node.settings["smtp.tls_key"])}

    def test_the_node_does_not_start_with_a_secret_that_others_can_read(self):
        node = self.node()
        with node:
            pass  # makes them
        for what, path in self.files(node).items():
            for mode in (0o644, 0o604, 0o666, 0o602):
                with self.subTest(what=what, mode=oct(mode)):
                    path.chmod(mode)
                    said = self.refusal(node)
                    self.assertIn(str(path), said)
                    self.assertIn(f"chmod 600 {path}", said)
                    checked = node.cli("config", "check", check=False)
                    self.assertNotEqual(checked.returncode, 0)
                    self.assertIn(f"chmod 600 {path}", checked.stdout + checked.stderr)
            # The group of the process is its own affair.
            for mode in (0o600, 0o400, 0o640, 0o660):
                with self.subTest(what=what, mode=oct(mode)):
                    os.chown(path, -1, os.getegid())
                    path.chmod(mode)
                    node.cli("config", "check")
        with node:
            pass

    def test_a_link_to_a_secret_is_judged_by_its_target(self):
        node = self.node()
        with node:
            pass
        path = node.data / "srs_secrets"
        kept = self.directory / "kept"
        path.rename(kept)
        path.symlink_to(kept)
        with node:
            pass
        kept.chmod(0o644)
        self.assertIn(f"chmod 600 {kept}", self.refusal(node))

    def test_a_reload_keeps_what_was_in_use(self):
        node = self.node({"node.reload_interval": "1m"})
        with node:
            files = self.files(node)
            files["SRS secrets"].chmod(0o644)
            files["TLS key"].chmod(0o644)
            node.reload()
            harness.wait_until(lambda: "srs.reload_failed" in node.log_text(), 10)
            harness.wait_until(lambda: "tls.reload_failed" in node.log_text(), 10)
            self.assertIn(f"chmod 600 {files['TLS key']}", node.log_text())
            self.assertEqual(node.http("/readyz")[0], 200)
            files["SRS secrets"].chmod(0o600)
            files["TLS key"].chmod(0o600)
            node.reload()
            harness.wait_until(lambda: "tls.reloaded" in node.log_text(), 10)

    def test_what_the_node_writes_is_its_own_from_the_first_octet(self):
        node = self.node()
        previous = os.umask(0)
        try:
            with node:
                for path in [node.data, *node.data.rglob("*")]:
                    with self.subTest(path=str(path)):
                        self.assertEqual(path.stat().st_mode & 0o077, 0)
        finally:
            os.umask(previous)

    def test_a_crash_leaves_no_core(self):
        node = self.node()
        node.start()
        limits = pathlib.Path(f"/proc/{node.process.pid}/limits").read_text()
        self.assertRegex(limits, r"Max core file size\s+0\s+0\s")
        node.process.child.send_signal(signal.SIGABRT)
        node.process.child.wait(30)
        node.process = None
        time.sleep(0.1)
        self.assertEqual([p for p in node.directory.iterdir() if p.name.startswith("core")], [])

    def test_secrets_that_are_gone_or_wiped_are_told(self):
        with self.node() as node:
            path = node.data / "srs_secrets"
            self.assertNotIn("srs.secrets_gone", node.log_text())
            node.stop()
            good = path.read_bytes()
            path.write_bytes(bytes(len(good)))
            node.start(wait=False)
            self.assertEqual(node.process.child.wait(20), 1)
            self.assertIn("damaged", node.log_text())
            path.unlink()
            node.start()
            self.assertIn("event=srs.secrets_gone", node.log_text())

    def test_no_secret_is_told(self):
        node = self.node()
        with node:
            secrets = [path.read_text().strip() for path in self.files(node).values()]
            secrets = [part for text in secrets for part in text.splitlines()
                       if len(part) > 16 and not part.startswith("-----")]
            self.assertGreaterEqual(len(secrets), 3)
            told = [node.log_text(), node.http("/metrics")[1]]
            for arguments in (["config", "show"], ["status"], ["status", "--json"],
                              ["doctor", "--offline"], ["config", "check"]):
                done = node.cli(*arguments, check=False)
                told.append(done.stdout + done.stderr)
            told.append(pathlib.Path(f"/proc/{node.process.pid}/cmdline").read_text())
            told.append(node.log_text())
            for secret in secrets:
                self.assertNotIn(secret, "\n".join(told))


if __name__ == "__main__":
    harness.main()
