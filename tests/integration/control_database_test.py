#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
"""Nodes whose setup is in PostgreSQL: what one changes the others route by, and mail goes on while it
is away."""
import json
import shutil
import time
import unittest

import harness
import postgres
from control_test import DROP, ZONE, StoreNode, literal, rcpt
from mail_sink import MailSink


class ControlDatabase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        harness.require()
        postgres.require()

    def setUp(self):
        self.sink = MailSink()
        self.addCleanup(self.sink.close)
        self.database = postgres.Postgres()
        self.addCleanup(self.database.__exit__, None, None, None)
        self.database.start()

    def node(self, **settings):
        secret = self.database.directory / "secret"
        if not secret.exists():
            secret.write_text("1" * 64 + "\n")
            secret.chmod(0o600)
        return StoreNode(self.sink, {
            "control.store": "postgres", "control.database_url": self.database.url,
            "cluster.secret_file": str(secret), **settings})

    def zone(self, api):
        account = api.call("GET", "/accounts")[0]["id"]
        zone = api.call("POST", "/zones", {"name": ZONE, "account": {"id": account}})["id"]
        api.call("POST", f"/zones/{zone}/email/routing/enable", {})
        return zone

    def test_mail_goes_on_while_it_is_away_and_changes_are_refused(self):
        with self.node() as node:
            api = node.api()
            rules = f"/zones/{self.zone(api)}/email/routing/rules"
            self.assertEqual(rcpt(node, f"info@{ZONE}"), 550)
            api.call("POST", rules, literal("info", DROP))
            self.assertEqual(rcpt(node, f"info@{ZONE}"), 250)
            self.assertIn("PostgreSQL", node.cli("doctor", "--offline", check=False).stdout)
            self.database.kill()
            for life in ("killed", "and the node restarted"):
                with self.subTest(life):
                    status, answer, _ = api.raw("POST", "/client/v4" + rules, literal("later", DROP))
                    self.assertEqual(status, 503, answer)
                    text = json.loads(answer)["errors"][0]["message"]
                    self.assertIn("the control database cannot be reached", text)
                    self.assertNotIn(str(self.database.directory), text)
                    self.assertEqual(rcpt(node, f"info@{ZONE}"), 250)
                    self.assertEqual(rcpt(node, f"later@{ZONE}"), 550)
                    self.assertEqual(len(api.call("GET", rules)), 2, "with the catch-all")
                    harness.wait_until(
                        lambda: node.metric("signpost_control_database_away") == 1, 10)
                if life == "killed":
                    node.stop()
                    node.start()
            self.database.start()
            harness.wait_until(lambda: api.raw("POST", "/client/v4" + rules,
                                               literal("later", DROP))[0] == 200, 20)
            self.assertEqual(rcpt(node, f"later@{ZONE}"), 250)
            harness.wait_until(lambda: node.metric("signpost_control_database_away") == 0, 10)

    def test_what_one_node_changes_the_other_routes_by(self):
        with self.node() as one, self.node() as two:
            api = one.api()
            rules = f"/zones/{self.zone(api)}/email/routing/rules"
            harness.wait_until(lambda: rcpt(two, f"info@{ZONE}") == 550, 10)
            begun = time.monotonic()
            api.call("POST", rules, literal("info", DROP))
            harness.wait_until(lambda: rcpt(two, f"info@{ZONE}") == 250, 10)
            print(f"  seen by the other node after {time.monotonic() - begun:.1f} s")
            # There is one administrator, and one key of signed links, which is sealed.
            self.assertEqual(self.database.sql("SELECT count(*) FROM signpost.setting WHERE sealed"),
                             "1\n")
            self.assertFalse((two.data / "admin-token").exists())

    def test_without_a_copy_a_node_does_not_start_while_it_is_away(self):
        self.database.kill()
        node = self.node()
        self.addCleanup(shutil.rmtree, node.directory)
        node.start(wait=False)
        harness.wait_until(lambda: not node.process.running(), 20)
        self.assertIn("control.database_url: the control database cannot be reached",
                      node.log_text())


if __name__ == "__main__":
    harness.main()
