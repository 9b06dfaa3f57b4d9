#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
"""What zones.md says, the programs do: its example, each key of its tables, each mistake it lists, and
files in doubt. documented_test.py looks whether anything is left out."""
import os
import re
import subprocess

import harness
from machine import HOST
from pages import Pages, block, codes, table

class Zones(Pages):
    def environment(self, zones):
        (self.directory / "zones.yaml").write_text(zones)
        return {**os.environ, "SIGNPOST_NODE_HOST_NAME": HOST,
                "SIGNPOST_NODE_POSTMASTER": "you@example.net",
                "SIGNPOST_NODE_DATA_DIR": str(self.directory / "data"),
                "SIGNPOST_NODE_ZONES_FILE": str(self.directory / "zones.yaml")}

    def signpost(self, zones, *arguments):
        done = subprocess.run([harness.Build().program("signpost"), *arguments], check=False,
                              capture_output=True, text=True, timeout=60,
                              env=self.environment(zones))
        done.stderr = done.stderr.replace(f"{self.directory}/", "")
        return done

    def decide(self, zones, cases):
        for address, status, said in cases:
            done = self.signpost(zones, "rules", "test", address)
            self.assertEqual(done.returncode, status, f"{address}: {done.stdout}{done.stderr}")
            self.assertIn(said, done.stdout, address)

    def test_the_example(self):
        zones = block("zones.md", "zones:")
        done = self.signpost(zones, "config", "check")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.says("zones.md", "a dot is an ordinary character")
        self.says("zones.md", "The rule for exactly this address, including `+detail`.")
        self.says("zones.md", "With `subaddressing`: the rule for the part before the first `+`.")
        self.says("zones.md", "Such a destination is replaced with the destinations of its own rule")
        self.says("zones.md", "A subdomain that is not listed is not routed.")
        self.decide(zones, (
            ("INFO@example.org", 0, "alice@example.com, bob@example.net"),
            ("in.fo@example.org", 0, "inbox@example.net"),
            ("info+press@example.org", 0, "is forwarded to press@example.com"),
            ("info+other@example.org", 0, "alice@example.com, bob@example.net"),
            ("team@example.org", 0, "alice@example.com, bob@example.net, carol@example.com"),
            ("info@mail.example.org", 0, "is forwarded to alice@example.com"),
            ("x@shop.example.org", 1, "550 5.7.1 Write to info@example.org"),
            ("x@other.example.org", 1, "is refused"),
            ("old@example.org", 1, "550 5.7.1 This address is closed"),
            ("noise@example.org", 0, "inbox@example.net"),
            ("sales-eu@example.org", 0, "sales@example.com"),
            ("kontakt@bücher.example", 0, "alice@example.com"),
            ("postmaster@example.org", 0, "ops@example.net")))

    def test_every_key_does_what_its_row_says(self):
        """(heading, key): the zone a.example with it, an address, the status, what is said."""
        rule = "rules: [{address: x, "
        rest = "catch_all: {forward: [rest@d.example]}"
        cases = {
            "## A file in doubt": {
                "zones": ("", "x@a.example", 1, "550 5.1.1"),
                "allow_empty": ("zones: []\nallow_empty: true\n", "x@a.example", 1, "550"),
                "zone_count": ("zones: [{name: a.example, " + rest + "}]\nzone_count: 1\n",
                               "x@a.example", 0, "rest@d.example")},
            "## A zone": {
                "name": ("", "x@a.example", 1, "550 5.1.1 No such address here"),
                "id": ("id: stable, " + rest, "x@a.example", 0, "rest@d.example"),
                "enabled": ("enabled: false, " + rest, "x@a.example", 1, "550 5.7.1"),
                "subaddressing": ("subaddressing: true, " + rule + "drop: true}]", "x+y@a.example", 0,
                                  "dropped"),
                "subdomains": ("subdomains: [{name: s.a.example, " + rest + "}]", "x@s.a.example", 0,
                               "rest@d.example"),
                "postmaster": ("postmaster: [pm@d.example]", "postmaster@a.example", 0,
                               "pm@d.example"),
                "rules": (rule + "drop: true}]", "x@a.example", 0, "dropped"),
                "authentication": ("authentication: {dmarc: report}, " + rest, "x@a.example", 0,
                                   "rest@d.example"),
                "catch_all": (rest, "any@a.example", 0, "rest@d.example")},
            "## A rule": {
                "address": (rule + "drop: true}]", "X@a.example", 0, "dropped"),
                "glob": ("rules: [{glob: 'x?-*', drop: true}]", "xy-z@a.example", 0, "dropped"),
                "regex": ("rules: [{regex: '[0-9]+@a[.]example', drop: true}]", "123@a.example", 0,
                          "dropped"),
                "all": ("rules: [{all: true, drop: true}]", "any@a.example", 0, "dropped"),
                "when": (rule + "when: {dmarc: '!pass'}, drop: true}]", "x@a.example", 0,
                         "is decided when the message has arrived"),
                "priority": ("rules: [{address: x, drop: true}, {all: true, priority: -1, "
                             "reject: First}]", "x@a.example", 1, "First"),
                "forward": (rule + "forward: [p@d.example, q@d.example]}]", "x@a.example", 0,
                            "p@d.example, q@d.example"),
                "failover": (rule + "failover: [p@d.example, q@d.example]}]", "x@a.example", 0,
                             "p@d.example"),
                "webhook": (rule + "webhook: 'https://h.example/in'}]", "x@a.example", 0, "https"),
                "drop": (rule + "drop: true}]", "x@a.example", 0, "is accepted and dropped"),
                "reject": (rule + "reject: Closed}]", "x@a.example", 1, "550 5.7.1 Closed"),
                "enabled": (rule + "enabled: false, drop: true}]", "x@a.example", 1, "550 5.1.1"),
                "id": (rule + "id: mine, drop: true}]", "x@a.example", 0, "rule  mine"),
                "name": (rule + "name: Desk, drop: true}]", "x@a.example", 0, "dropped")},
            "## Authentication": {
                key: (f"authentication: {{{key}: {value}}}, " + rest, "x@a.example", 0,
                      "rest@d.example")
                for key, value in (("dmarc", "report"), ("quarantine", "reject"),
                                   ("require_pass", "false"), ("own_author", "off"))}}
        for heading, of_heading in cases.items():
            rows = [codes(cell)[0] for cell in table("zones.md", heading)]
            self.assertEqual(rows, list(of_heading), heading)
            for key, (text, address, status, said) in of_heading.items():
                if not text.startswith("zones:"):
                    text = f"zones: [{{name: a.example{', ' if text else ''}{text}}}]\n"
                with self.subTest(heading=heading, key=key):
                    self.decide(text, [(address, status, said)])

    def test_defaults_are_as_the_tables_say(self):
        for heading, text in (("## A zone", "enabled: true, subaddressing: false"),
                              ("## Authentication", "authentication: {dmarc: enforce, quarantine: "
                               "mark, require_pass: true, own_author: mark}")):
            told = [codes(cell) for cell in table("zones.md", heading, 2)]
            for value in re.findall(r": (\w+)", text):
                if value != "authentication":
                    self.assertIn([value], told, heading)
            name = f"zones: [{{name: a.example, rules: [{{address: x, drop: true}}], {text}}}]\n"
            self.decide(name, [("x@a.example", 0, "dropped")])

    def test_mistakes_are_told_as_the_page_says(self):
        head = "zones:\n  - name: a.example\n"
        rule = head + "    rules:\n      - address: x\n"
        texts = [
            head + "    enabled: true\n    subadressing: true\n",
            head + "    authentication:\n      dmarc: reject\n",
            head + "\t\tenabled: true\n",
            head + '    rules:\n      - address: "*"\n        drop: true\n',
            head + "  - name: a.example\n",
            head + "    subdomains: [m.a.example, m.a.example]\n",
            rule + "        drop: true\n      - address: x\n        drop: true\n",
            rule + "        forward: y@a.example\n"]
        rows = [codes(cell)[0] for cell in table("zones.md", "## Mistakes")]
        self.assertEqual(len(rows), len(texts))
        for row, text in zip(rows, texts):
            done = self.signpost(text, "config", "check")
            self.assertEqual(done.returncode, 1, text)
            # An ellipsis at the end stands for the rest of the line.
            wanted = row.rstrip("… ")
            self.assertIn(wanted, done.stderr)
            if not row.endswith("…"):
                self.assertIn(wanted, [line.split(";")[0] if ";" not in wanted else line
                                       for line in done.stderr.splitlines()], row)

    def test_a_file_in_doubt_changes_nothing(self):
        zones = [{"name": f"z{n}.example", "catch_all": {"drop": True}} for n in range(6)]
        with harness.Node(zones, {"node.reload_interval": "100ms"}) as node:
            for text in ("", "zones:\n  - name: z0.example\n", "zones: [\n"):
                self.says("zones.md", "`/readyz` (which still answers `200`), `signpost status` and "
                                      "`signpost doctor` show what is wrong")
                node.zones_file.write_text(text)
                harness.wait_until(lambda: node.metric("signpost_config_doubtful") == 1, 10)
                self.assertEqual(node.http("/readyz")[0], 200)
                self.assertIn("remark", node.cli("status").stdout)
                node.write_zones(zones)
                harness.wait_until(lambda: node.metric("signpost_config_doubtful") == 0, 10)
            self.says("zones.md", "if the number is right, the file is complete, no matter what was in "
                                  "force before")
            node.zones_file.write_text("zones:\n  - name: z0.example\nzone_count: 1\n")
            harness.wait_until(lambda: "z5.example" not in node.cli("status").stdout
                               and node.cli("explain", "a@sender.example", "x@z5.example",
                                            check=False).returncode == 1, 10)
            self.assertEqual(node.metric("signpost_config_doubtful"), 0)


if __name__ == "__main__":
    harness.main()
