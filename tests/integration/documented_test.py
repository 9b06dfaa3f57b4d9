#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
"""What README.md and the pages for operators say, the programs do: their examples are taken from the
pages and run, and each statement below is looked for there before it is tried."""
import email
import os
import pathlib
import re
import shlex
import subprocess
import unittest
import urllib.request

import harness
from mail_sink import MailSink

PAGES = harness.REPOSITORY / "docs/operating"


def page(name):
    path = harness.REPOSITORY / name if name == "README.md" else PAGES / name
    return path.read_text()


def blocks(text, language=""):
    """Fenced blocks of a language, the indentation of a list taken away."""
    found = []
    for match in re.finditer(rf"^( *)```{language}\n(.*?)^\1```", text, re.M | re.S):
        found.append(re.sub(rf"^{match[1]}", "", match[2], flags=re.M))
    return found


def run(*arguments, environment=None):
    return subprocess.run([harness.Build().program("signpost"), *arguments], capture_output=True,
                          text=True, timeout=60, check=False,
                          env={**os.environ, **(environment or {})})


class Pages(unittest.TestCase):
    def setUp(self):
        harness.require()
        self.directory = self.enterContext(harness.temporary_directory())

    def says(self, name, words):
        """The page has these words, however its lines are broken."""
        flat = re.sub(r"\s+", " ", page(name))
        self.assertIn(re.sub(r"\s+", " ", words), flat, f"{name} says this no more")


class Examples(Pages):
    def environment(self, settings, zones):
        (self.directory / "signpost.yaml").write_text(settings)
        (self.directory / "zones.yaml").write_text(zones)
        return {"SIGNPOST_CONFIG": str(self.directory / "signpost.yaml"),
                "SIGNPOST_NODE_DATA_DIR": str(self.directory / "data"),
                "SIGNPOST_NODE_ZONES_FILE": str(self.directory / "zones.yaml")}

    def decide(self, environment, cases):
        for address, status, said in cases:
            done = run("rules", "test", address, environment=environment)
            self.assertEqual(done.returncode, status, f"{address}: {done.stdout}{done.stderr}")
            self.assertIn(said, done.stdout, address)

    def test_the_files_of_the_readme(self):
        settings, zones = blocks(page("README.md"), "yaml")[:2]
        environment = self.environment(settings, zones)
        done = run("config", "check", environment=environment)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"^ok: \d+ settings, 1 zone, \d+ rules$")
        self.decide(environment, (
            ("info@example.org", 0, "is forwarded to alice@gmail.example, bob@outlook.example"),
            ("info+news@example.org", 0, "is forwarded to alice@gmail.example"),
            ("old@example.org", 1, "is refused: 550 5.7.1 This address is closed"),
            ("anybody@example.org", 0, "is forwarded to inbox@example.net"),
            ("postmaster@example.org", 0, ""),
            ("x@elsewhere.example", 1, "is refused")))

    def test_the_zones_page(self):
        settings = blocks(page("README.md"), "yaml")[0]
        environment = self.environment(settings, blocks(page("zones.md"), "yaml")[0])
        done = run("config", "check", environment=environment)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.says("zones.md", "a dot is an ordinary character")
        self.says("zones.md", "The rule for exactly this address, including `+detail`.")
        self.says("zones.md", "With `subaddressing`: the rule for the part before the first `+`.")
        self.says("zones.md", "Such a destination is replaced with the destinations of its own rule")
        self.says("zones.md", "A subdomain that is not listed is not routed.")
        self.decide(environment, (
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

    def test_mistakes_are_told_as_the_page_says(self):
        head = "zones:\n  - name: a.example\n"
        rule = head + "    rules:\n      - address: x\n"
        texts = (
            ("unknown key 'subadressing' in a zone; did you mean 'subaddressing'?",
             head + "    subadressing: true\n"),
            ("'dmarc: reject' is not a known value; write `dmarc: report` or `dmarc: enforce`",
             head + "    authentication: {dmarc: reject}\n"),
            ("there is a tab; YAML is indented by spaces only: write spaces instead",
             "zones:\n\t- name: a.example\n"),
            ("domain a.example is claimed by two zones", head + "  - name: a.example\n"),
            ("domain m.a.example is claimed by zone a.example and by zone a.example",
             head + "    subdomains: [m.a.example, m.a.example]\n"),
            ("zone a.example, rule x@a.example: another rule has the same address",
             rule + "        drop: true\n      - address: x\n        drop: true\n"),
            ("zone a.example, rule x@a.example: forwards to y@a.example, a local address that "
             "accepts no mail", rule + "        forward: y@a.example\n"))
        for said, text in texts:
            self.assertIn(said, page("zones.md"))
            environment = self.environment(blocks(page("README.md"), "yaml")[0], text)
            done = run("config", "check", environment=environment)
            self.assertEqual(done.returncode, 1, text)
            self.assertRegex(done.stderr, r"zones\.yaml:\d+:\d+: " + re.escape(said))


class CommandLine(Pages):
    def test_every_command_of_the_page_is_there(self):
        synopsis = blocks(page("cli.md"))[0].splitlines()
        self.assertGreater(len(synopsis), 20)
        for line in synopsis:
            words = line.split()[1:]
            names, choices = [], []
            for at, word in enumerate(words):
                if not re.fullmatch(r"[a-z][a-z-]*", word):
                    if word == "|" and names:
                        choices = [w for w in words[at - 1:] if re.fullmatch(r"[a-z][a-z-]*", w)]
                        names = names[:-1]
                    break
                names.append(word)
            for choice in choices or [None]:
                command = names + ([choice] if choice else [])
                done = run(*command, "--help")
                self.assertEqual(done.returncode, 0, command)
                if len(command) > 1:
                    self.assertIn(command[-1], done.stdout, command)

    def test_exit_statuses(self):
        self.says("cli.md", "| 2 | Wrong usage")
        self.assertEqual(run("zone", "nonsense").returncode, 2)
        self.says("cli.md", "| 3 | No server answers")
        self.assertEqual(run("--socket", str(self.directory / "no.sock"), "status").returncode, 3)
        self.says("cli.md", "| 0 | Success.")
        self.assertEqual(run("version").returncode, 0)

    def test_the_manual_and_completions(self):
        self.says("cli.md", "`signpost manual | man -l -` shows everything as")
        self.assertTrue(run("manual").stdout.startswith(".TH SIGNPOST 1"))
        for shell in ("bash", "zsh", "fish"):
            self.assertGreater(len(run("completion", shell).stdout), 1000)


class Store(Pages):
    """The README's way with an API, from a zone to a message that has arrived."""

    def test_the_commands_of_the_readme_in_their_order(self):
        text = page("README.md").split("### Or with an API")[1].split("## ")[0]
        commands = [shlex.split(line, comments=True) for line in text.splitlines()
                    if re.match(r" +signpost (zone|address|rule|explain)", line)]
        self.assertEqual([c[1:3] for c in commands[:4]],
                         [["zone", "create"], ["address", "add"], ["address", "show"],
                          ["rule", "create"]])
        sink = self.enterContext(MailSink())
        port = harness.free_port()
        node = self.enterContext(harness.Node(
            [], {"config.source": "store", "api.listen": [f"{harness.NODE_IP}:{port}"],
                 "api.public_url": "https://mail.example.org"},
            routes=[f"mail.example={sink.address}"]))
        for words in commands:
            done = node.cli(*words[1:])
            if words[1:3] == ["address", "add"]:
                self.assertIn("is not verified yet", done.stdout)
                self.press(sink.wait_for(1)[0].data, port)
            if words[1:3] == ["address", "show"]:
                self.assertIn("is verified", done.stdout)
            if words[1] == "explain":
                self.assertIn("is forwarded", done.stdout)
        self.says("README.md", "A changed rule is in force when the API answers.")
        harness.swaks(node, "info@example.com", "--body", "from the README") \
            if harness.find_program("swaks") else self.skipTest("swaks is not installed")
        self.assertIn(b"from the README", sink.wait_for(2)[1].data)

    def press(self, mail, port):
        text = email.message_from_bytes(mail).get_payload(decode=True).decode()
        link = re.search(r"https://mail\.example\.org(/verify\?\S+)", text)
        self.assertTrue(link, text)
        request = urllib.request.Request(f"http://{harness.NODE_IP}:{port}{link[1]}", data=b"",
                                         method="POST")
        with urllib.request.urlopen(request, timeout=10) as answer:
            self.assertEqual(answer.status, 200)


class Installed(Pages):
    def test_what_the_install_page_lists_is_installed(self):
        build = harness.Build().directory
        done = subprocess.run(["cmake", "--install", build, "--prefix", self.directory / "usr"],
                              capture_output=True, text=True, timeout=120, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        rows = re.findall(r"^\| (`/usr/local/[^|]+) \|", page("install.md"), re.M)
        self.assertGreater(len(rows), 6)
        for row in rows:
            for name in re.findall(r"`([^`]+)`", row):
                place = pathlib.Path(name).relative_to("/usr/local")
                self.assertTrue((self.directory / "usr" / place).exists(), place)

    def test_the_example_settings_are_sound(self):
        examples = PAGES / "examples"
        done = run("--config", str(examples / "signpost.yaml"), "config", "check",
                   environment={"SIGNPOST_NODE_ZONES_FILE": str(examples / "zones.yaml"),
                                "SIGNPOST_NODE_DATA_DIR": str(self.directory / "data")})
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_what_a_backup_is_said_to_have(self):
        """Each folder that the page tells to keep is one that a node makes."""
        port = harness.free_port()
        with harness.Node([], {"config.source": "store", "signing.make_key": True,
                               "api.listen": [f"{harness.NODE_IP}:{port}"]}) as node:
            there = {entry.name for entry in node.data.iterdir()}
        table = page("install.md").split("## Backup and restore")[1].split("## Remove")[0]
        kept = set(re.findall(r"`/var/lib/signpost/([a-z._-]+)`", table))
        self.assertTrue({"config", "dkim", "webhook-secret", "srs_secrets", "spool"} <= kept, kept)
        self.assertEqual(sorted(kept - there), [], "no node makes this")


if __name__ == "__main__":
    harness.main()
