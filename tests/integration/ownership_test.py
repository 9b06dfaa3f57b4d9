#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
"""Two accounts on one node that want the same names: what mail meets."""
import json
import unittest

import harness
from control_test import StoreNode, literal, rcpt, send
from mail_sink import MailSink

DROP = {"type": "drop"}


class Ownership(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        harness.require()

    def setUp(self):
        self.sink = MailSink()
        self.addCleanup(self.sink.close)
        node = StoreNode(self.sink)
        self.node = node.__enter__()
        self.addCleanup(node.__exit__, None, None, None)
        self.api = self.node.api()
        self.first = self.api.call("GET", "/accounts")[0]["id"]

    def own(self, method, path, body=None):
        status, octets, _ = self.api.raw(method, "/signpost/v1" + path, body)
        self.assertEqual(status, 200, octets)
        return json.loads(octets)["result"]

    def zone(self, name, account, **more):
        made = self.api.call("POST", "/zones", {"name": name, "account": {"id": account}, **more})
        self.api.call("POST", f"/zones/{made['id']}/email/routing/enable", {})
        self.api.call("POST", f"/zones/{made['id']}/email/routing/rules",
                      literal("info", DROP, zone=name))
        return made

    def events(self, zone):
        return self.own("GET", f"/zones/{zone}/events")

    def test_a_zone_that_waits_takes_no_mail_and_the_next_owner_sees_none(self):
        early = self.zone("early.example", self.first)
        self.assertEqual(early["status"], "active")
        second = self.api.call("POST", "/accounts", {"name": "second"})["id"]
        self.assertEqual(rcpt(self.node, "info@early.example"), 250)

        claimed = self.zone("gmail.example", second)
        self.assertEqual(claimed["status"], "pending")
        self.assertEqual(rcpt(self.node, "info@gmail.example"), 550)
        squatted = self.zone("early.example", second)
        self.assertEqual(squatted["status"], "pending")
        send(self.node, "info@early.example")
        harness.wait_until(lambda: self.events(early["id"]), what="the event")
        self.assertEqual(self.events(squatted["id"]), [])

        # The name changes hands: by deletion, and the administrator's word.
        self.api.call("DELETE", f"/zones/{early['id']}")
        self.assertEqual(rcpt(self.node, "info@early.example"), 550)
        self.own("POST", f"/zones/{squatted['id']}/ownership/grant")
        self.assertEqual(rcpt(self.node, "info@early.example"), 250)
        self.assertEqual(self.events(squatted["id"]), [])
        send(self.node, "info@early.example")
        harness.wait_until(lambda: self.events(squatted["id"]), what="the event")
        self.assertEqual(len(self.events(squatted["id"])), 1)

    def test_the_command_line_says_what_to_publish(self):
        self.api.call("POST", "/accounts", {"name": "second"})
        made = self.node.cli("zone", "create", "new.example", "--account", "second")
        self.assertIn("_signpost-verify.new.example. IN TXT", made.stdout)
        verified = self.node.cli("zone", "verify", "new.example")
        self.assertIn("zone new.example is active (proof: granted)", verified.stdout)


if __name__ == "__main__":
    harness.main()
