#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
"""The tests that are generated for Cloudflare's Python SDK, against a node.

They check, strictly, that every answer is of the types that the SDK documents. What fails is what
generated_failures.py says, with the reasons there, and nothing else.
"""
import collections
import json
import re
import subprocess
import unittest

import clients
import generated_failures
import harness
import python_sdk
import real_ids

# Below tests/api_resources of the SDK.
FILES = [
    "email_routing", "test_email_routing.py", "test_zones.py", "zones/test_activation_check.py",
    "test_accounts.py", "accounts/test_tokens.py", "accounts/tokens", "accounts/logs",
    "test_memberships.py", "test_user.py", "user/test_tokens.py", "user/tokens",
    "test_audit_logs.py", "user/test_audit_logs.py",
]
RUN = 269
SECONDS = 300


def subject_of(test):
    """`email_routing/test_rules.py create`: what a test does, whichever way it calls the SDK."""
    file, name = re.fullmatch(r"(.*\.py)::\w+::test_(\w+)(\[.*)?", test).group(1, 2)
    return f"{file} " + re.sub("^(method|raw_response|streaming_response)_", "", name)


class Generated(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        harness.require()
        cls.sdk = python_sdk.installed()

    def outcomes(self):
        """{test: "" or why it failed} of all that ran."""
        with clients.ApiNode() as node, real_ids.Proxy(node) as proxy:
            file = node.directory / "outcomes.json"
            done = subprocess.run(
                [self.sdk.python, "-m", "pytest", "-q", "-o", "addopts=", "-p", "no:cacheprovider",
                 "-p", "generated_plugin",
                 *(f"tests/api_resources/{one}" for one in FILES)],
                cwd=self.sdk.source, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                timeout=SECONDS, check=False, env=self.sdk.environment(
                    TEST_API_BASE_URL=proxy.base_url, GENERATED_OUTCOMES=str(file)))
            self.assertTrue(file.exists(), done.stdout + done.stderr)
            return json.loads(file.read_text())

    def test_what_fails_is_what_is_known_to_fail(self):
        outcomes = self.outcomes()
        failed, passed = collections.defaultdict(list), set()
        for test, why in outcomes.items():
            if why:
                failed[subject_of(test)].append(f"{test}: {why}")
            else:
                passed.add(subject_of(test))
        known = set(generated_failures.REASONS)
        for subject in sorted(failed.keys() - known):
            self.fail(f"{subject} fails:\n" + "\n".join(failed[subject]))
        self.assertEqual(known - failed.keys(), set(), "these are said to fail and do not")
        self.assertEqual(known & passed, set(), "these fail in some of their forms only")
        self.assertEqual(len(outcomes), RUN)


if __name__ == "__main__":
    harness.main()
