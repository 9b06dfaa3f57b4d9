#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
"""Cloudflare's TypeScript SDK through all that it has and the node does; the tests: sdk/."""
import subprocess
import sys
import unittest

import clients
import harness


class Sdk(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        harness.require()
        cls.place = clients.installed()

    def test_the_sdk_drives_a_node(self):
        with clients.ApiNode() as node:
            environment = self.place.environment(
                node, SIGNPOST_NODE_MODULES=str(self.place.modules))
            sys.stdout.flush()
            done = subprocess.run(
                [self.place.node, "--test-reporter=spec", str(clients.HERE / "sdk/all.mjs")],
                env=environment, timeout=400, check=False)
            self.assertEqual(done.returncode, 0)


if __name__ == "__main__":
    harness.main()
