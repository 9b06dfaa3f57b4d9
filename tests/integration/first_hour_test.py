#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
"""What a new operator meets: keys that are made by themselves, mistakes in files and on the command
line and what the programs say of them, and commands that must not do something else than they say."""
import json
import os
import pathlib
import re
import shutil
import smtplib
import subprocess
import unittest

import harness
from dns_server import DnsServer
from mail_sink import MailSink

HOST = "mx.test.example"


def run(*arguments, directory=None, environment=None, program="signpost"):
    return subprocess.run([harness.Build().program(program), *arguments], capture_output=True,
                          text=True, timeout=60, check=False, cwd=directory,
                          env={**os.environ, **(environment or {})})


class Files(unittest.TestCase):
    """`config check` of files that nobody serves."""

    def setUp(self):
        harness.require()
        self.directory = self.enterContext(harness.temporary_directory())
        self.settings = self.directory / "signpost.yaml"
        self.zones = self.directory / "zones.yaml"
        self.write("zones: [{name: a.example, catch_all: {drop: true}}]\n")

    def write(self, zones=None, settings=""):
        if zones is not None:
            self.zones.write_text(zones)
        head = (f"node:\n  host_name: {HOST}\n  postmaster: [p@dest.example]\n"
                f"  data_dir: {self.directory}/data\n  zones_file: {self.zones}\n")
        self.settings.write_text(head + settings)

    def check(self, status=1, environment=None):
        done = run("--config", str(self.settings), "config", "check", environment=environment)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stderr.replace(f"{self.directory}/", "")

    def test_yaml_mistakes_are_told_in_plain_words_with_line_and_mending(self):
        rule = "zones:\n  - name: a.example\n    rules:\n"
        for text, said in (
                ("zones:\n\t- name: a.example\n", "zones.yaml:2:1: there is a tab; YAML is indented "
                                                  "by spaces"),
                ('zones:\n  - name: "a.example\n    rules: []\n',
                 'zones.yaml:2:11: the quote (") that begins here is not closed'),
                ('zones:\n  - name: "a.example\n  - name: "b.example"\n',
                 'zones.yaml:2:11: the quote (") that begins here is not closed'),
                (rule + "      - address: *\n        drop: true\n",
                 'zones.yaml:4:18: a value that begins with * must stand in quotes; write "*"'),
                (rule + "      - address: @a.example\n        drop: true\n",
                 'zones.yaml:4:18: a value that begins with @ must stand in quotes'),
                (rule + "      - address: x\n       drop: true\n",
                 "zones.yaml:5:8: this line is indented by 7 spaces, which fits nothing above it"),
                ("zones:\n  - name: a.example\n     rules: []\n",
                 "zones.yaml:3:6: this line is indented deeper than the one above, which has a value "
                 "already; indent it by 4 spaces"),
                (rule + "      - address: x\n        reject: Closed: write to info\n",
                 'zones.yaml:5:17: a value with ": " in it must stand in quotes; write "Closed: '
                 'write to info"'),
                (rule + "      - address: x\n        forward: [a@b.example, c@d.example\n",
                 "zones.yaml:5:18: the [ that begins here is not closed; write ]"),
                ("zones:\n  - name a.example\n    rules: []\n",
                 "zones.yaml:2:3: there is no colon behind '- name a.example'"),
        ):
            with self.subTest(text=text):
                self.write(text)
                self.assertIn(said, self.check())

    def test_faults_of_rules_have_their_line(self):
        text = ("zones:\n  - name: a.example\n    rules:\n      - address: x\n        drop: true\n"
                "      - address: X@a.example\n        {}\n")
        for action, said in (
                ("drop: true", "zones.yaml:6:9: zone a.example, rule x@a.example: another rule has "
                               "the same address (the first is in line 4)"),):
            self.write(text.format(action))
            self.assertIn(said, self.check())
        self.write("zones:\n  - name: a.example\n    rules:\n      - address: x\n"
                   "        forward: y@a.example\n")
        self.assertIn("zones.yaml:4:9: zone a.example, rule x@a.example: forwards to y@a.example",
                      self.check())
        self.write("zones:\n  - name: a.example\n  - name: A.example\n")
        self.assertIn("zones.yaml:3:5: domain a.example is claimed by two zones", self.check())

    def test_an_asterisk_is_no_address(self):
        self.write('zones:\n  - name: a.example\n    rules:\n      - address: "*"\n'
                   "        drop: true\n")
        said = self.check()
        self.assertIn("zones.yaml:4:18: 'address: \"*\"' is the one address", said)
        self.assertIn("catch_all", said)

    def test_keys_that_stand_there_twice_are_told(self):
        self.write(settings="smtp:\n  listen: ['127.0.0.1:25']\nsmtp:\n  sessions_max: 10\n")
        self.assertIn("signpost.yaml:8:1: 'smtp' stands there twice", self.check())

    def test_what_the_resolver_would_refuse_is_found(self):
        self.write(settings="dns:\n  forwarders: [resolver.example]\n")
        self.assertIn("dns.forwarders: 'resolver.example' is no address; write ADDRESS", self.check())
        self.write(settings="dns:\n  local_data: ['mx.corp.example. IN A ten']\n")
        self.assertIn("dns.local_data: ", self.check())

    def test_variables_that_do_nothing_are_told(self):
        said = self.check(0, {"SIGNPOST_SMTP_LISTN": "127.0.0.1:25",
                              "SIGNPOST_SERVICE_HOST": "10.0.0.1",
                              "SIGNPOST_PORT_25_TCP": "tcp://10.0.0.1:25"})
        self.assertIn("SIGNPOST_SMTP_LISTN: no setting has this name, and it does nothing; did you "
                      "mean SIGNPOST_SMTP_LISTEN?", said)
        self.assertNotIn("SERVICE_HOST", said)
        self.assertNotIn("PORT_25", said)

    def test_megabytes_are_told_to_be_mebibytes(self):
        self.write(settings="smtp:\n  memory_budget: 500MB\n")
        self.assertIn("smtp.memory_budget: 500MB is taken as 500MiB, which is 524288000 octets",
                      self.check(0))

    def test_a_missing_settings_file_is_looked_for_at_these_places(self):
        done = run("config", "check", directory=self.directory / "..",
                   environment={"SIGNPOST_CONFIG": ""})
        self.assertIn("$SIGNPOST_CONFIG, /etc/signpost/signpost.yaml", done.stderr)

    def test_links_that_open_nowhere_are_told(self):
        self.write(settings="config: {source: store}\n")
        self.assertIn("api.public_url: the links of verification mails begin with "
                      "http://127.0.0.1:9980", self.check(0))
        self.write(settings="config: {source: store}\napi: {public_url: 'https://m.example'}\n")
        self.assertNotIn("public_url", self.check(0))

    @unittest.skipUnless(os.geteuid() == 0, "only root can look as another user")
    def test_files_are_looked_at_as_the_user_of_the_node(self):
        data = self.directory / "data"
        data.mkdir()
        os.chown(data, 65534, 65534)
        certificate, key = harness.make_certificate(self.directory)
        closed = self.directory / "closed"
        closed.mkdir(mode=0o700)
        for name in (certificate, key):
            shutil.move(name, closed)
        os.chown(closed / "tls.key", 65534, 65534)
        self.directory.chmod(0o755)
        self.write(settings=f"smtp:\n  tls_certificate: {closed}/tls.pem\n"
                            f"  tls_key: {closed}/tls.key\n")
        said = self.check()
        self.assertIn("smtp.tls_certificate: closed/tls.pem cannot be read by nobody", said)
        self.assertIn("namei -l", said)

    def test_a_pair_that_does_not_fit_is_told_in_plain_words(self):
        certificate, key = harness.make_certificate(self.directory)
        other = self.directory / "other"
        other.mkdir()
        _, other_key = harness.make_certificate(other)
        self.write(settings=f"smtp: {{tls_certificate: '{certificate}', tls_key: '{other_key}'}}\n")
        said = self.check()
        self.assertIn("smtp.tls_key: other/tls.key: this key does not belong to the certificate in "
                      "tls.pem", said)
        self.write(settings=f"smtp: {{tls_certificate: '{key}', tls_key: '{certificate}'}}\n")
        os.chmod(certificate, 0o600)
        self.assertIn("are tls_certificate and tls_key swapped?", self.check())
        cut = self.directory / "cut.pem"
        cut.write_text(pathlib.Path(certificate).read_text()[:200])
        self.write(settings=f"smtp: {{tls_certificate: '{cut}', tls_key: '{key}'}}\n")
        said = self.check()
        self.assertIn("damaged or cut off", said)
        self.assertIn("copy the whole file again", said)
        (self.directory / "no.pem").write_text("hello\n")
        os.chmod(self.directory / "no.pem", 0o600)
        self.write(settings=f"smtp: {{tls_certificate: '{certificate}', "
                            f"tls_key: '{self.directory}/no.pem'}}\n")
        self.assertIn("there is no private key in it", self.check())

    def test_keys_in_other_forms_are_told_with_the_command_that_converts_them(self):
        certificate, key = harness.make_certificate(self.directory)
        for name, convert, said in (
                ("locked.key", ["pkey", "-aes256", "-passout", "pass:x"], "openssl pkey -in"),
                ("der.key", ["pkey", "-outform", "DER"], "openssl pkey -inform DER")):
            other = self.directory / name
            subprocess.run(["openssl", *convert, "-in", key, "-out", other], check=True,
                           capture_output=True)
            other.chmod(0o600)
            self.write(settings=f"smtp: {{tls_certificate: '{certificate}', tls_key: '{other}'}}\n")
            told = self.check()
            self.assertIn(f"smtp.tls_key: {name}", told)
            self.assertIn(said, told)


class CommandLine(unittest.TestCase):
    def setUp(self):
        harness.require()

    def test_words_that_are_nearly_commands_are_understood(self):
        for arguments, said in (
                (["zonee", "list"], "there is no command `signpost zonee`; did you mean `signpost "
                                    "zone`?"),
                (["zone", "lst"], "did you mean `signpost zone list`?"),
                (["--json", "rule", "catchall", "a.example"], "did you mean `signpost rule "
                                                              "catch-all`?"),
                (["rule", "create", "a@b.example", "--forwrd", "c@d.example"],
                 "signpost rule create has no option --forwrd; did you mean --forward?"),
                (["zone", "qqqqqq"], "there is no command `signpost zone qqqqqq`; there are list")):
            done = run(*arguments)
            self.assertEqual(done.returncode, 2, arguments)
            self.assertIn(said, done.stderr)

    def test_a_node_that_is_down_is_started_by_its_unit(self):
        with harness.temporary_directory() as directory:
            done = run("--data-dir", str(directory), "status", directory=directory,
                       environment={"SIGNPOST_CONFIG": ""})
            self.assertEqual(done.returncode, 3)
            self.assertIn("start it: `systemctl start signpostd`", done.stderr)
            self.assertIn("journalctl -u signpostd", done.stderr)


class Zones(unittest.TestCase):
    """A node whose zones come from a file."""

    def test_a_broken_zones_file_is_told_by_status(self):
        harness.require()
        with harness.Node([{"name": "a.example", "catch_all": {"drop": True}}],
                          {"node.reload_interval": "100ms"}) as node:
            self.assertNotIn("remark", node.cli("status").stdout)
            node.zones_file.write_text("zones:\n\t- name: a.example\n")
            told = harness.wait_until(
                lambda: (out := node.cli("status").stdout) and "there is a tab" in out and out, 10)
            self.assertIn("zones.yaml:2:1: there is a tab", told)
            doctor = node.cli("doctor", "--offline", check=False).stdout
            self.assertRegex(doctor, r"(?m)^(warn|fail) .*zones.yaml:2:1: there is a tab")

    def test_events_of_a_zone_that_is_not_there(self):
        harness.require()
        with harness.Node([{"name": "a.example", "catch_all": {"drop": True}}]) as node:
            done = node.cli("events", "--zone", "nope.example", check=False)
            self.assertEqual(done.returncode, 1)
            self.assertIn("Not found: zone nope.example", done.stderr)
            self.assertEqual(node.cli("events", "--zone", "a.example").stdout,
                             "there are no events yet\n")


class Traps(unittest.TestCase):
    """A node whose zones are in its store."""

    @classmethod
    def setUpClass(cls):
        harness.require()
        port = harness.free_port()
        cls.sink = cls.enterClassContext(MailSink())
        cls.node = cls.enterClassContext(harness.Node(
            [], {"config.source": "store", "api.listen": [f"{harness.NODE_IP}:{port}"]},
            routes=[f"dest.example={cls.sink.address}"]))

    def cli(self, *arguments, status=0):
        done = self.node.cli(*arguments, check=False)
        self.assertEqual(done.returncode, status, f"{arguments}: {done.stdout} {done.stderr}")
        said = [part.strip() for part in re.split(r"[.;\n]", done.stderr) if len(part.strip()) > 15]
        if status:
            self.assertEqual(len(said), len(set(said)), f"said twice: {done.stderr}")
        return done

    def rule(self, address, *more):
        return json.loads(self.cli("rule", "show", address, *more, "--json").stdout)

    def zone(self, name, *addresses):
        self.cli("zone", "create", name, "--enable")
        for address in addresses:
            self.cli("address", "add", address, "--verified")

    def test_a_catch_all_that_is_given_an_action_acts(self):
        self.zone("rest.example", "rest@dest.example")
        shown = self.cli("rule", "catch-all", "rest.example", "--forward", "rest@dest.example")
        self.assertRegex(shown.stdout, r"state +enabled")
        self.cli("rule", "catch-all", "rest.example", "--forward", "rest@dest.example", "--disable")
        self.assertFalse(self.rule("catch-all", "--zone", "rest.example")["enabled"])

    def test_a_rule_that_rests_says_so_when_it_is_changed(self):
        self.zone("rests.example")
        self.cli("rule", "create", "a@rests.example", "--drop", "--disable")
        said = self.cli("rule", "update", "a@rests.example", "--reject", "Closed")
        self.assertIn("the rule is disabled and does nothing", said.stderr)

    def test_rules_test_does_not_read_a_file_that_is_not_in_force(self):
        said = self.cli("rules", "test", "a@b.example", status=2)
        self.assertIn("this node has its zones in its store", said.stderr)

    def test_removing_an_address_touches_what_it_lists_and_comes_back(self):
        self.zone("gone.example", "gone@dest.example", "stays@dest.example")
        self.cli("rule", "create", "one@gone.example", "--forward", "gone@dest.example")
        self.cli("rule", "create", "both@gone.example", "--forward",
                 "gone@dest.example,stays@dest.example")
        self.cli("rule", "create", "touched@gone.example", "--forward", "gone@dest.example")
        said = self.cli("address", "remove", "gone@dest.example", "--yes").stderr
        self.assertIn("one@gone.example in gone.example: is disabled, it forwards to nobody else",
                      said)
        self.assertIn("both@gone.example in gone.example: goes on to stays@dest.example", said)
        self.assertFalse(self.rule("one@gone.example")["enabled"])
        self.assertTrue(self.rule("both@gone.example")["enabled"])
        explained = self.cli("explain", "a@sender.example", "both@gone.example").stdout
        self.assertIn("stays@dest.example", explained)
        self.assertNotIn("gone@dest.example", explained.split("COPY TO")[1])
        self.cli("rule", "update", "touched@gone.example", "--reject", "Closed")
        self.cli("address", "add", "Gone@dest.example", "--verified")
        self.assertTrue(self.rule("one@gone.example")["enabled"], "it comes back with its address")
        self.assertFalse(self.rule("touched@gone.example")["enabled"], "somebody had it in hand")

    def test_an_asterisk_is_no_address(self):
        self.zone("star.example", "star@dest.example")
        for address in ("*", "*@star.example"):
            said = self.cli("rule", "create", address, "--zone", "star.example", "--forward",
                            "star@dest.example", status=2).stderr
            self.assertIn("would be the one address with an asterisk", said)
            self.assertIn("signpost rule catch-all ZONE", said)

    def test_a_regex_says_which_zone_is_wanted(self):
        said = self.cli("rule", "create", ".*", "--match", "regex", "--drop", status=2).stderr
        self.assertIn("does not say which zone it is for", said)
        self.assertIn("--zone ZONE", said)

    def test_what_is_there_already_is_named(self):
        self.zone("twice.example", "twice@dest.example")
        said = self.cli("zone", "create", "twice.example", status=1).stderr
        self.assertIn("Already exists: zone twice.example", said)
        said = self.cli("address", "add", "TWICE@dest.example", status=1).stderr
        self.assertIn("Already exists: destination address TWICE@dest.example", said)
        self.cli("rule", "create", "a@twice.example", "--drop")
        said = self.cli("rule", "create", "A@twice.example", "--drop", status=1).stderr
        self.assertIn("there is a rule for a@twice.example already: drop, enabled", said)

    def test_a_name_outside_the_zone_is_refused_in_english(self):
        self.zone("inside.example")
        said = self.cli("zone", "subdomain", "add", "inside.example", "outside.example",
                        status=1).stderr
        self.assertIn("must be a subdomain of inside.example", said)

    def test_a_verification_mail_that_was_refused_is_shown_at_the_address(self):
        self.sink.on_recipient = lambda address, tries: (
            "550 5.1.1 no such user here" if address.startswith("typo@") else None)
        self.cli("address", "add", "typo@dest.example")
        said = harness.wait_until(lambda: (out := self.cli(
            "address", "show", "typo@dest.example").stdout) and "bounced" in out and out, 20)
        self.assertIn("typo@dest.example is not verified yet", said)
        self.assertRegex(said, r"verification mail: bounced, .*: 550 5\.1\.1 no such user here")
        self.assertIn("signpost address resend typo@dest.example", said)
        self.assertIn("no, mail bounced", self.cli("address", "list", "--unverified").stdout)
        self.cli("address", "add", "good@dest.example")
        harness.wait_until(lambda: "verification mail: delivered" in self.cli(
            "address", "show", "good@dest.example").stdout, 20)

    def test_links_that_open_nowhere_are_told_when_they_are_sent(self):
        said = self.cli("address", "add", "link@dest.example").stderr
        self.assertIn("The link in the mail begins with http://127.0.0.1:", said)
        self.assertIn("api.public_url", said)
        self.assertRegex(self.node.cli("doctor", "--offline", check=False).stdout,
                         r"(?m)^warn  links .*127\.0\.0\.1")


class Keys(unittest.TestCase):
    """Nobody has made a key."""

    @staticmethod
    def forward(node, sink):
        sink.forget()
        with smtplib.SMTP(harness.NODE_IP, node.smtp_port, "client.example") as client:
            client.sendmail("alice@sender.example", ["info@zone.example"],
                            b"From: alice@sender.example\r\nSubject: x\r\n\r\nbody\r\n")
        return sink.wait_for(1)[0].data

    def test_the_first_start_makes_a_key_that_signs_once_its_record_is_there(self):
        harness.require()
        with MailSink() as sink, DnsServer({("dest.example", "MX"): ["10 dest.example"],
                                            ("dest.example", "A"): [harness.SINK_IP],
                                            (HOST, "A"): ["192.0.2.1"]}) as dns:
            node = harness.Node([{"name": "zone.example", "catch_all":
                                  {"forward": ["a@dest.example"]}}],
                                {"signing.make_key": True, "delivery.port": sink.port,
                                 "node.reload_interval": "100ms",
                                 "dns.forwarders": [dns.forwarder]},
                                directory=self.enterContext(harness.temporary_directory()))
            with node:
                told = re.search(r'signing.key_made domain=mx\.test\.example record=(\S+) '
                                 r'value="([^"]+)"', node.log_text())
                self.assertTrue(told, "the log names the record")
                shown = json.loads(node.cli("dkim", "show", "--json").stdout)
                self.assertEqual([(r["name"], r["value"], r["state"]) for r in shown],
                                 [(told[1], told[2], "pending")])
                said = node.cli("doctor", check=False).stdout
                self.assertIn(f"warn  DKIM            {told[1]} is not in the DNS: the key is "
                              "pending", said)
                self.assertIn("its record was not seen yet", node.cli("dkim", "show").stdout)
                self.assertIn(f"publish what `signpost dkim show {HOST}` prints", said)
                self.assertIn("fail  DNS             zone.example: no MX record names "
                              "mx.test.example, so mail does not come here; SPF does not allow this "
                              "node to send for it (192.0.2.1: fail)", said)
                arrived = self.forward(node, sink)
                for name in (b"DKIM-Signature: ", b"ARC-Seal: "):
                    self.assertNotIn(name, arrived, "nobody could verify it")
            dns.table[(told[1], "TXT")] = [told[2].replace("p=MII", "p=MIH")]
            dns.table[("zone.example", "MX")] = [f"10 {HOST}"]
            dns.table[("zone.example", "TXT")] = ["v=spf1 mx -all"]
            with node:
                self.assertEqual(node.log_text().count("signing.key_made"), 1, "only once")
                said = node.cli("doctor", check=False).stdout
                self.assertIn("has another key than the one that waits for it", said)
                self.assertIn("signing.key_awaited", node.log_text())
                self.assertNotIn(b"ARC-Seal: ", self.forward(node, sink))
                self.assertIn("ok    DNS             zone.example has its records", said)
            dns.table[(told[1], "TXT")] = [told[2]]
            with node:
                harness.wait_until(lambda: "signing.key_seen" in node.log_text(), 10)
                self.assertIn(f"ok    DKIM            {told[1]} is the key that signs",
                              node.cli("doctor", check=False).stdout)
                arrived = self.forward(node, sink)
                for name in (b"DKIM-Signature: ", b"d=mx.test.example", b"ARC-Seal: "):
                    self.assertIn(name, arrived)


if __name__ == "__main__":
    harness.main()
