#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
"""wrangler's e-mail commands against a node: what its users see."""
import re
import subprocess
import unittest

import clients
import harness

ID = r"[0-9a-f]{32}"
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"


def table(text):
    """The rows of a table drawn with lines, each as {column: value}."""
    rows = [[cell.strip() for cell in line.strip("│").split("│")]
            for line in text.splitlines() if line.startswith("│")]
    return [dict(zip(rows[0], row)) for row in rows[1:]]


class Wrangler(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        harness.require()
        cls.place = clients.installed()
        cls.node = clients.ApiNode()
        cls.enterClassContext(cls.node)
        cls.account = cls.node.account()

    def wrangler(self, *arguments, status=0, **environment):
        """Standard output; of a command that fails, what it complains of."""
        done = subprocess.run(
            [self.place.node, self.place.wrangler, *arguments], capture_output=True, text=True,
            stdin=subprocess.DEVNULL, timeout=120, check=False, cwd=self.node.directory,
            env=self.place.environment(self.node, **environment))
        text = re.sub(r"\x1b\[[0-9;]*m", "", done.stderr if status else done.stdout)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return text

    def routing(self, *arguments, **options):
        return self.wrangler("email", "routing", *arguments, **options)

    def rules(self, *arguments, **options):
        return self.routing("rules", *arguments, **options)

    def rule_of(self, text):
        return re.search(rf"routing rule: ({ID})$", text, re.M).group(1)

    # ---- who is asking
    def test_whoami_shows_the_user_and_the_accounts(self):
        text = self.wrangler("whoami")
        self.assertIn("You are logged in with an User API Token, associated with the email "
                      "administrator@mx.test.example.", text)
        self.assertEqual(table(text),
                         [{"Account Name": "Signpost", "Account ID": self.account}])

    def test_whoami_of_an_accounts_token(self):
        groups = self.node.call("GET", "/user/tokens/permission_groups")
        made = self.node.call("POST", f"/accounts/{self.account}/tokens", {
            "name": "of the account", "policies": [{
                "effect": "allow", "permission_groups": [{"id": group["id"]} for group in groups
                                                         if group["name"] == "Zone Read"],
                "resources": {f"com.cloudflare.api.account.{self.account}": "*"}}]})
        text = self.wrangler("whoami", CLOUDFLARE_API_TOKEN=made["value"])
        self.assertIn("an Account API Token, associated with the account Signpost.", text)

    def test_a_token_that_is_none(self):
        text = self.routing("list", status=1, CLOUDFLARE_API_TOKEN="x" * 48)
        self.assertRegex(text, r"A request to the Cloudflare API \(.*\) failed")
        self.assertIn("Invalid API Token [code: 1000]", text)

    # ---- the zone
    def test_a_zone_is_switched_on_and_off(self):
        zone = self.node.zone("switch.example", enabled=False)
        row = {"zone": "switch.example", "zone id": zone, "enabled": "no"}
        self.assertIn(row, table(self.routing("list")))
        self.assertRegex(self.routing("settings", "switch.example"),
                         "(?m)^Email Routing for switch.example:\n  Enabled:  false\n"
                         f"  Status:   unconfigured\n  Created:  {TIME}\n  Modified: {TIME}\n"
                         f"  Tag:      {zone}$")
        self.assertRegex(self.routing("enable", "switch.example"),
                         r"^Email Routing enabled for switch.example \(status: [a-z/]+\)$")
        self.assertIn({**row, "enabled": "yes"}, table(self.routing("list")))
        self.assertIn("Not disabling.", self.routing("disable", "switch.example"))
        self.assertRegex(self.routing("settings", "switch.example", "--zone-id", zone),
                         "(?m)^  Enabled:  true$")
        self.assertRegex(self.routing("disable", "switch.example", "--force"),
                         r"^Email Routing disabled for switch.example \(status: unconfigured\)$")
        self.assertIn(row, table(self.routing("list")))

    def test_more_zones_than_a_page_has_are_listed(self):
        names = {f"page{i}.example" for i in range(25)}
        for name in names:
            self.node.zone(name, enabled=False)
        self.assertLessEqual(names, {row["zone"] for row in table(self.routing("list"))})

    def test_the_dns_records_of_a_zone(self):
        self.node.zone("records.example")
        text = self.routing("dns", "get", "records.example")
        self.assertIn("MX record:\n  Name:     records.example\n  Content:  mx.test.example\n"
                      "  Priority: 10\n  TTL:      1\n", text)
        self.assertRegex(text, "(?m)^TXT record:\n  Name:     records.example\n"
                               "  Content:  v=spf1 .* ~all\n  TTL:      1$")
        self.assertEqual(self.routing("dns", "unlock", "records.example", "--force").strip(),
                         "MX records unlocked for records.example (enabled: true)")

    def test_a_zone_that_is_not_there(self):
        text = self.routing("settings", "absent.example", status=1)
        self.assertIn("Could not find zone for `absent.example`", text)

    # ---- addresses
    def test_a_destination_is_made_shown_and_removed(self):
        text = self.routing("addresses", "create", "person@dest.example")
        made = re.search(f"^  ID: ({ID})$", text, re.M).group(1)
        self.assertIn("Created destination address: person@dest.example\n", text)
        self.assertIn("A verification email has been sent.", text)
        harness.wait_until(lambda: any(letter.recipients == ["person@dest.example"]
                                       for letter in self.node.sink.messages),
                           what="the verification mail arrives")
        rows = {row["id"]: row for row in table(self.routing("addresses", "list"))}
        self.assertEqual(rows[made]["email"], "person@dest.example")
        self.assertEqual(rows[made]["verified"], "pending")
        self.assertRegex(self.routing("addresses", "get", made),
                         f"^Destination address: person@dest.example\n  ID:       {made}\n"
                         f"  Verified: pending\n  Created:  {TIME}\n  Modified: {TIME}\n")
        self.node.call("PATCH", f"/accounts/{self.account}/email/routing/addresses/{made}",
                       {"status": "verified"})
        self.assertRegex(self.routing("addresses", "get", made), f"(?m)^  Verified: {TIME}$")
        again = self.routing("addresses", "create", "person@dest.example", status=1)
        self.assertIn("[code: 9409]", again)
        self.assertEqual(self.routing("addresses", "delete", made, "--force").strip(),
                         f"Deleted destination address: {made}")
        self.assertIn("[code: 9404]", self.routing("addresses", "get", made, status=1))

    # ---- rules
    def test_a_rule_is_made_shown_changed_and_removed(self):
        self.node.zone("rules.example")
        self.node.destination("rules@dest.example")
        to = ["--match-type", "literal", "--match-field", "to"]
        forward = ["--action-type", "forward", "--action-value", "rules@dest.example"]
        text = self.rules("create", "rules.example", *to, "--match-value", "info@rules.example",
                          *forward)
        made = self.rule_of(text)
        self.assertEqual(text, f"Created routing rule: {made}\n  Name:    (none)\n"
                               "  Enabled: true\n")
        self.assertEqual(self.rules("get", "rules.example", made),
                         f"Rule: {made}\n  Name:     (none)\n  Enabled:  true\n  Priority: 0\n"
                         "  Matchers:\n    - literal to = info@rules.example\n"
                         "  Actions:\n    - forward: rules@dest.example\n")
        refused = self.rules("create", "rules.example", *to, "--match-value", "info@rules.example",
                             "--action-type", "drop", status=1)
        self.assertIn("Duplicated Zone rule [code: 2014]", refused)
        refused = self.rules("create", "rules.example", *to, "--match-value", "x@rules.example",
                             "--action-type", "forward", "--action-value", "no@dest.example",
                             status=1)
        self.assertIn("Destination address is not verified [code: 2054]", refused)

        text = self.rules("update", "rules.example", made, *to, "--match-value",
                          "info@rules.example", "--action-type", "drop", "--name", "Info",
                          "--no-enabled", "--priority", "7")
        self.assertEqual(text, f"Updated routing rule: {made}\n  Name:    Info\n"
                               "  Enabled: false\n")
        self.assertEqual(self.rules("list", "rules.example"),
                         f"Rule: {made}\n  Name:     Info\n  Enabled:  false\n"
                         "  Matchers: to:info@rules.example\n  Actions:  drop\n  Priority: 7\n\n\n"
                         "Catch-all rule: disabled, action: drop\n"
                         "  (use `wrangler email routing rules get catch-all` to view details)\n")
        self.assertEqual(self.rules("delete", "rules.example", made, "--force").strip(),
                         f"Deleted routing rule: {made}")
        self.assertIn("[code: 9404]", self.rules("get", "rules.example", made, status=1))
        self.assertIn("No custom routing rules found.", self.rules("list", "rules.example"))

    def test_the_catch_all_is_shown_and_changed(self):
        zone = self.node.zone("rest.example")
        self.node.destination("rest@dest.example")
        at_first = "Catch-all rule:\n  Enabled: false\n  Actions:\n    - drop\n"
        self.assertEqual(self.rules("get", "rest.example", "catch-all"), at_first)
        # By its id it is found too: the node answers 2020, and wrangler asks for the catch-all.
        own = self.node.call("GET", f"/zones/{zone}/email/routing/rules/catch_all")["id"]
        self.assertEqual(self.rules("get", "rest.example", own), at_first)
        changed = "  Enabled: true\n  Actions:\n    - forward: rest@dest.example\n"
        self.assertEqual(self.rules("update", "rest.example", "catch-all", "--action-type",
                                    "forward", "--action-value", "rest@dest.example", "--enabled"),
                         "Updated catch-all rule:\n" + changed)
        self.assertEqual(self.rules("get", "rest.example", "catch-all"),
                         "Catch-all rule:\n" + changed)
        self.assertIn("Catch-all rule: enabled, action: forward:rest@dest.example",
                      self.rules("list", "rest.example"))

    def test_more_rules_than_a_page_has_are_listed(self):
        zone = self.node.zone("many.example")
        made = [self.node.call("POST", f"/zones/{zone}/email/routing/rules", {
            "actions": [{"type": "drop"}], "priority": 60 - i,
            "matchers": [{"type": "literal", "field": "to", "value": f"u{i}@many.example"}],
        })["id"] for i in range(61)]
        text = self.rules("list", "many.example")
        # By creation; which of two that were made in one millisecond comes first is open.
        listed = re.findall(f"(?m)^Rule: ({ID})$", text)
        self.assertCountEqual(listed, made)
        self.assertLess(max(abs(listed.index(rule) - i) for i, rule in enumerate(made)), 5)
        self.assertEqual(text.count("Catch-all rule:"), 1)


if __name__ == "__main__":
    harness.main()
