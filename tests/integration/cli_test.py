#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
"""The command line `signpost` drives a node whose zones are in its store."""
import json
import os
import pathlib
import smtplib
import subprocess
import tempfile
import unittest

import harness
from mail_sink import MailSink

MESSAGE = (b"From: alice@sender.example\r\nSubject: hello\r\nMessage-ID: <1@sender.example>\r\n"
           b"\r\nthe body\r\n")
SETTINGS = {"config.source": "store"}


def own_environment():
    """Without variables of the tests' own, which the programs would warn of."""
    return {name: value for name, value in os.environ.items() if not name.startswith("SIGNPOST_")}


def settings(**more):
    port = harness.free_port()
    return {**SETTINGS, "api.listen": [f"{harness.NODE_IP}:{port}"], **more}, port


def rcpt(node, recipient):
    """(code, text) of RCPT TO."""
    with smtplib.SMTP(harness.NODE_IP, node.smtp_port, "client.example", timeout=20) as client:
        client.ehlo()
        client.mail("alice@sender.example")
        return client.rcpt(recipient)


def send(node, recipient):
    with smtplib.SMTP(harness.NODE_IP, node.smtp_port, "client.example", timeout=20) as client:
        client.sendmail("alice@sender.example", [recipient], MESSAGE)


class Driven(unittest.TestCase):
    """One node for all; each test has zones of its own."""

    @classmethod
    def setUpClass(cls):
        harness.require()
        cls.sink = cls.enterClassContext(MailSink())
        values, cls.api_port = settings()
        cls.node = cls.enterClassContext(
            harness.Node([], values, routes=[f"dest.example={cls.sink.address}"]))

    def cli(self, *arguments, status=0):
        done = self.node.cli(*arguments, check=False)
        self.assertEqual(done.returncode, status, f"{arguments}: {done.stdout} {done.stderr}")
        return done

    def ask(self, *arguments):
        return json.loads(self.cli(*arguments, "--json").stdout)

    def test_from_nothing_to_forwarded_mail(self):
        self.assertEqual(rcpt(self.node, "info@zone.example")[0], 550)
        self.cli("zone", "create", "zone.example", "--enable")
        self.cli("address", "add", "ops@dest.example", "--verified")
        self.cli("rule", "create", "info@zone.example", "--forward", "ops@dest.example")
        # A change is answered when it is in force.
        self.assertEqual(rcpt(self.node, "info@zone.example")[0], 250)
        send(self.node, "info@zone.example")
        harness.wait_until(lambda: self.sink.messages, 20, what="the message arrives")
        explained = self.cli("explain", "alice@sender.example", "info@zone.example").stdout
        self.assertIn("is forwarded", explained)
        self.assertIn("ops@dest.example", explained)
        self.cli("rule", "disable", "info@zone.example")
        self.assertEqual(rcpt(self.node, "info@zone.example")[0], 550)
        self.assertIn("is refused", self.cli("explain", "alice@sender.example",
                                             "info@zone.example", status=1).stdout)

    def test_rules_of_every_kind(self):
        self.cli("zone", "create", "kinds.example", "--enable")
        for address in ("a@dest.example", "b@dest.example"):
            self.node.cli("address", "add", address, "--verified", check=False)
        for rule in (["copies", "--forward", "a@dest.example,b@dest.example"],
                     ["desk", "--failover", "a@dest.example,b@dest.example"],
                     ["old", "--reject", "This address is closed"],
                     ["noise", "--drop"],
                     ["hook", "--webhook", "https://hook.dest.example/in"],
                     ["sales-*", "--match", "glob", "--forward", "a@dest.example"],
                     ["[0-9]+@kinds[.]example", "--match", "regex", "--drop", "--priority", "7"],
                     ["large", "--drop", "--over", "10MiB", "--when", "dmarc=fail"]):
            self.cli("rule", "create", *rule, "--zone", "kinds.example")
        shown = self.ask("rule", "list", "kinds.example")
        self.assertEqual(len(shown), 9)
        self.assertTrue(shown[-1]["catch_all"])
        for user, code in (("copies", 250), ("desk", 250), ("old", 550), ("noise", 250),
                           ("hook", 250), ("sales-eu", 250), ("123", 250), ("other", 550)):
            self.assertEqual(rcpt(self.node, f"{user}@kinds.example")[0], code, user)
        self.assertEqual(len(self.cli("rule", "secret", "hook@kinds.example").stdout.strip()), 64)
        self.cli("rule", "catch-all", "kinds.example", "--forward", "a@dest.example", "--enable")
        self.assertEqual(rcpt(self.node, "other@kinds.example")[0], 250)
        self.cli("rule", "delete", "old@kinds.example", status=2)
        self.cli("rule", "delete", "old@kinds.example", "--yes")
        self.assertEqual(rcpt(self.node, "old@kinds.example")[0], 250)

    def test_what_a_zone_asks_of_senders(self):
        self.cli("zone", "create", "asks.example", "--enable")
        self.cli("zone", "settings", "asks.example", "--dmarc", "report", "--require-pass", "off",
                 "--subaddressing", "on")
        shown = self.ask("zone", "show", "asks.example")
        self.assertEqual(shown["routing"]["authentication"],
                         {"dmarc": "report", "quarantine": "mark", "require_pass": False,
                          "own_author": "mark"})
        self.assertTrue(shown["routing"]["support_subaddress"])
        exported = self.cli("config", "export", "--format", "yaml").stdout
        self.assertRegex(exported, r"asks\.example[^-]*dmarc: report[^-]*require_pass: \"?false")

    def test_mistakes_are_refused_with_advice(self):
        self.cli("zone", "create", "mistakes.example", "--enable")
        done = self.cli("rule", "create", "x@mistakes.example", "--forward", "no@dest.example",
                        status=1)
        self.assertIn("(code 2054)", done.stderr)
        self.assertIn("signpost address add", done.stderr)
        self.cli("rule", "create", "x@mistakes.example", "--drop")
        self.assertIn("(code 2014)", self.cli("rule", "create", "X@mistakes.example", "--drop",
                                              status=1).stderr)
        self.cli("rule", "create", "(", "--match", "regex", "--zone", "mistakes.example", "--drop",
                 status=1)
        self.cli("zone", "show", "nowhere.example", status=1)

    def test_tokens_profiles_and_the_audit_log(self):
        self.cli("zone", "create", "tokens.example")
        self.cli("zone", "create", "foreign.example")
        with tempfile.TemporaryDirectory() as home:
            secret = pathlib.Path(home) / "token"
            wide = self.cli("token", "create", "wide", "--allow", "zones:read,queue:read", "--zone",
                            "tokens.example")
            self.assertIn("--zone does not limit queue:read: all accounts", wide.stderr)
            self.cli("token", "create", "reader", "--allow", "zones:read,rules:read", "--zone",
                     "tokens.example", "--output", str(secret))
            self.assertEqual(os.stat(secret).st_mode & 0o777, 0o600)
            url = f"http://{harness.NODE_IP}:{self.api_port}"
            environment = {**own_environment(), "HOME": home, "XDG_CONFIG_HOME": ""}

            def far(*arguments, status=0):
                done = subprocess.run([self.node.build.program("signpost"), *arguments],
                                      capture_output=True, text=True, timeout=60, check=False,
                                      env=environment)
                self.assertEqual(done.returncode, status, f"{done.stdout} {done.stderr}")
                return done
            far("profile", "add", "reader", "--url", url, "--token-file", str(secret))
            self.assertEqual(far("--profile", "reader", "zone", "list", "--names").stdout,
                             "tokens.example\n")
            self.assertIn("active", far("--profile", "reader", "token", "verify").stdout)
            refused = far("--profile", "reader", "zone", "delete", "tokens.example", "--yes",
                          status=1)
            self.assertIn("lacks a permission", refused.stderr)
            far("--profile", "reader", "zone", "show", "foreign.example", status=1)
            self.cli("token", "roll", "reader", "--yes", "--output", str(secret))
            far("--profile", "reader", "zone", "list", status=1)
            self.cli("token", "delete", "reader", "--yes")
        log = self.ask("audit", "list", "--refused", "--actor", "reader")
        self.assertTrue(any(entry["metadata"]["status"] == 403 for entry in log), log)
        text = self.cli("audit", "list", "--zone", "tokens.example").stdout
        self.assertIn("cli", text)
        self.assertIn("zone tokens.example", text)

    def test_the_queue_dns_and_keys(self):
        self.assertEqual(self.ask("queue", "list", "--state", "deferred"), [])
        self.cli("queue", "show", "00000000000000000000000000", status=1)
        self.cli("zone", "create", "dns.example", "--enable")
        shown = self.ask("dns", "show", "dns.example")
        self.assertEqual(shown[0]["domain"], "dns.example")
        self.assertFalse(shown[0]["ready"])
        self.assertTrue(any(r["type"] == "MX" for r in shown[0]["records"]))
        self.assertIn("mx.missing", self.cli("dns", "check", "dns.example", status=1).stdout)
        self.cli("dkim", "keygen", "dns.example", "--type", "ed25519")
        self.assertIn("ed25519", self.cli("dkim", "show", "dns.example", "--json").stdout)
        self.assertEqual(self.cli("status").returncode, 0)

    def test_the_doctor_finds_the_first_token(self):
        done = self.node.cli("doctor", "--offline", "--json", check=False)
        rows = json.loads(done.stdout)
        levels = {row["check"]: row["level"] for row in rows}
        self.assertEqual(levels["settings"], "ok", rows)
        self.assertEqual(levels["first token"], "warn", rows)
        self.assertEqual(levels["node"], "ok", rows)
        self.assertEqual({row["level"] for row in rows if row["check"] == "port"}, {"ok"}, rows)


class Completion(unittest.TestCase):
    """What bash offers at the end of a line."""

    @classmethod
    def setUpClass(cls):
        harness.require("bash")
        program = harness.Build().program("signpost")
        cls.script = subprocess.run([program, "completion", "bash"], capture_output=True,
                                    text=True, timeout=20, check=True).stdout

    def offered(self, line):
        words = line.split() + ([""] if line.endswith(" ") else [])
        quoted = " ".join(f"'{word}'" for word in words)
        script = (f"signpost() {{ echo zone.example; }}\n{self.script}\n"
                  f"COMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; _signpost\n"
                  "printf '%s\\n' \"${COMPREPLY[@]}\"\n")
        done = subprocess.run([harness.find_program("bash"), "--norc"], input=script, text=True,
                              capture_output=True, timeout=20, check=True)
        self.assertEqual(done.stderr, "")
        return done.stdout.split()

    def test_commands(self):
        self.assertEqual(self.offered("signpost z"), ["zone"])
        self.assertIn("create", self.offered("signpost zone "))
        self.assertEqual(self.offered("signpost --json zone su"), ["subdomain"])

    def test_options_and_their_values(self):
        self.assertEqual(self.offered("signpost rule create a@b.example --fo"), ["--forward"])
        self.assertEqual(self.offered("signpost rule create a@b.example --match g"), ["glob"])
        self.assertIn("fish", self.offered("signpost completion "))

    def test_zones_that_are_there(self):
        self.assertEqual(self.offered("signpost zone show z"), ["zone.example"])
        self.assertEqual(self.offered("signpost rule show --zone "), ["zone.example"])

    def test_scripts_of_other_shells_are_sound(self):
        program = harness.Build().program("signpost")
        for shell, check in (("zsh", "-n"), ("fish", "--no-execute")):
            if not harness.find_program(shell):
                continue
            script = subprocess.run([program, "completion", shell], capture_output=True, text=True,
                                    timeout=20, check=True).stdout
            subprocess.run([harness.find_program(shell), check], input=script, text=True,
                           timeout=20, check=True)


class Moving(unittest.TestCase):
    """Zones in and out of the store."""

    @classmethod
    def setUpClass(cls):
        harness.require()

    def test_a_zones_file_becomes_a_store_and_an_export_another(self):
        values, _ = settings()
        with harness.temporary_directory() as directory:
            node = harness.Node([{"name": "moved.example",
                                  "rules": [harness.rule("info", "ops@dest.example"),
                                            harness.rule("old", reject="Closed")]}], values)
            imported = node.cli("config", "import", str(node.zones_file), "--account", "Example")
            self.assertIn("imported: 1 zone, 2 rules, 1 account, 1 destination", imported.stdout)
            with node:
                self.assertEqual(rcpt(node, "info@moved.example")[0], 250)
                self.assertEqual(rcpt(node, "old@moved.example")[0], 550)
                running = node.cli("config", "import", str(node.zones_file), check=False)
                self.assertEqual(running.returncode, 1)
                self.assertIn("is in use", running.stderr)
                through_api = node.cli("config", "export").stdout
                node.stop()
                backup = directory / "backup.jsonl"
                backup.write_text(node.cli("config", "export").stdout)
                # What the API does not show is at its default here anyway.
                self.assertEqual(sorted(through_api.splitlines()),
                                 sorted(backup.read_text().splitlines()))
                other = directory / "other"
                node.cli("config", "import", str(backup), "--store", str(other))
                self.assertEqual(node.cli("config", "export", "--store", str(other)).stdout,
                                 backup.read_text())
                node.start()
                self.assertEqual(rcpt(node, "info@moved.example")[0], 250)


if __name__ == "__main__":
    harness.main()
