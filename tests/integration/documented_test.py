#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
"""What README.md and the pages for operators say, the programs do: every block of a page is run as it
stands there, on a machine like the one that the pages describe, or its commands are named in
pages.NOT_RUN with the reason; every row of a table about what the programs do is tried, and
statements are looked for in their page before they are tried. A page that gains a block, a row or a
command that nobody tries fails here. cli.md and zones.md have tests of their own beside this one."""
import inspect
import os
import pathlib
import re
import shlex
import subprocess
import sys
import unittest

import documented_cli_test
import documented_zones_test
import harness
from machine import ADDRESS, HOST, commands_of
from pages import (NOT_RUN, PAGES, TRIED, Pages, answer_in, block, blocks, codes, page, table,
                   without_comment)

# Which test runs the block that begins like this.
RUN_BY = {
    ("README.md", "git clone URL signpost"): "Quickstart.test_what_it_prints",
    ("README.md", "tools/test"): "Blocks.test_commands_that_are_not_run_have_a_reason",
    ("README.md", "tools/install-packages"): "Readme.test_from_nothing_to_forwarded_signed_mail",
    ("README.md", "signpost init"): "Readme.test_from_nothing_to_forwarded_signed_mail",
    ("README.md", "zones:"): "Readme.test_from_nothing_to_forwarded_signed_mail",
    ("README.md", "signpost config check"): "Readme.test_from_nothing_to_forwarded_signed_mail",
    ("README.md", "systemctl stop signpostd"): "Readme.test_or_with_an_api",
    ("install.md", "git clone URL signpost"): "Blocks.test_commands_that_are_not_run_have_a_reason",
    ("install.md", "systemd-sysusers"): "Install.test_the_page_from_top_to_bottom",
    ("install.md", "install -m 640"): "Install.test_the_page_from_top_to_bottom",
    ("install.md", "swaks --server"): "Install.test_the_page_from_top_to_bottom",
    ("install.md", "/var/log/signpost/signpostd.log {"): "Install.test_the_log_that_is_rotated",
    ("cli.md", "signpost init --host-name NAME"): "CommandLine.test_every_command_is_there",
    ("cli.md", "signpost zone create example.org"): "Cli.test_the_page_from_top_to_bottom",
    ("cli.md", "signpost: Destination address"): "Cli.test_the_page_from_top_to_bottom",
    ("cli.md", "curl --unix-socket /var/lib/signpost/control.sock -H"):
        "Cli.test_the_page_from_top_to_bottom",
    ("cli.md", "signpost queue list"): "Cli.test_the_page_from_top_to_bottom",
    ("cli.md", "ok: 4 settings"): "Readme.test_from_nothing_to_forwarded_signed_mail",
    ("cli.md", '{"account"'): "Cli.test_the_page_from_top_to_bottom",
    ("cli.md", "curl --unix-socket /var/lib/signpost/control.sock http"):
        "Cli.test_the_page_from_top_to_bottom",
    ("zones.md", "zones:"): "Zones.test_the_example",
}


class Blocks(unittest.TestCase):
    """The pages against the lists above."""

    def test_every_block_is_run(self):
        claimed = dict(RUN_BY)
        for name in TRIED:
            for text in blocks(name):
                fitting = [key for key in RUN_BY if key[0] == name and text.startswith(key[1])]
                self.assertEqual(len(fitting), 1, f"nobody runs this block of {name}:\n{text}")
                claimed.pop(fitting[0], None)
        self.assertEqual(claimed, {}, "no page has these blocks any more")

    def test_who_runs_a_block_takes_it_from_the_page(self):
        for (name, begins), test in RUN_BY.items():
            case, method = test.split(".")
            if case == "Blocks":
                continue
            source = inspect.getsource(CASES[case])
            self.assertTrue(hasattr(CASES[case], method), test)
            self.assertRegex(source, rf'(block|blocks)\("{name}"', f"{name}: {begins}")
            self.assertTrue(begins.split(" ")[0] in source, f"{name}: {begins}: {test}")

    def test_commands_that_are_not_run_have_a_reason(self):
        used = set()
        for name in ("README.md", "install.md"):
            for text in blocks(name):
                used |= {without_comment(line) for line in commands_of(text)} & NOT_RUN.keys()
        self.assertEqual(NOT_RUN.keys() - used, set(), "the pages have these no more")
        for (name, begins), test in RUN_BY.items():
            if test == "Blocks.test_commands_that_are_not_run_have_a_reason":
                for line in commands_of(block(name, begins)):
                    self.assertIn(without_comment(line), NOT_RUN, name)

    def test_every_command_in_the_text_exists_with_its_options(self):
        harness.require()
        seen = 0
        for name in (*TRIED, "dkim.md", "faq.md", "rules.md", "api.md", "storage.md"):
            text = re.sub(r"^( *)```.*?^\1```", "", page(name), flags=re.M | re.S)
            for one in re.findall(r"`(signpost [^`]+)`", text):
                if one.startswith("signpost COMMAND"):
                    continue
                seen += 1
                self.check_command(name, re.sub(r"\s+", " ", one))
        self.assertGreater(seen, 60)

    def check_command(self, name, text):
        words = shlex.split(text.split("|")[0].replace("…", ""), posix=True)
        path = [harness.Build().program("signpost")]
        for word in words[1:]:
            if not re.fullmatch(r"[a-z][a-z-]*", word):
                break
            path.append(word)
        while len(path) > 1:
            done = subprocess.run([*path, "--help"], capture_output=True, text=True, timeout=20,
                                  check=False)
            if done.returncode == 0:
                break
            path.pop()  # a word like `work` in `profile add work`
        self.assertGreater(len(path), 1, f"{name}: `{text}`")
        whole = subprocess.run([path[0], "--help"], capture_output=True, text=True, timeout=20,
                               check=False).stdout
        for option in re.findall(r"(?<=\s)--[a-z-]+", text):
            self.assertTrue(re.search(rf"{option}\b", done.stdout + whole), f"{name}: `{text}`")


class Quickstart(Pages):
    def test_what_it_prints(self):
        self.assertIn("tools/quickstart", block("README.md", "git clone URL signpost"))
        self.says("README.md", "what a receiver finds out about it: SPF, DKIM and ARC pass")
        done = subprocess.run(
            [sys.executable, "-B", harness.REPOSITORY / "tools/quickstart.py", "--build",
             harness.Build().directory, "--once"], cwd=self.directory, capture_output=True,
            text=True, timeout=120, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("spf=pass, dkim=pass, arc=pass", done.stdout)
        self.assertIn("MAIL FROM:<", done.stdout)
        self.assertTrue((self.directory / "build/quickstart").is_dir(),
                        "everything stays in build/quickstart")


class Readme(Pages):
    """From the first command to mail that arrives, without leaving the page."""

    def set_up(self, machine):
        said = self.run_all(machine, block("README.md", "signpost init"))
        records = machine.publish("".join(said.values()))
        rest = page("README.md").split("4. **DNS.**")[1].split("5. **Look**")[0]
        rows = re.findall(r"^ *\| `([^|]+)` \| ([^|]+) \|$", rest, re.M)
        self.assertEqual(len(rows), 6)
        for name, record in rows:
            kind = "TXT" if record.startswith("the key") else codes(record)[0].split()[0]
            pattern = re.escape(name).replace("…", ".*")
            self.assertTrue(any(kind == known_kind and re.fullmatch(pattern, known)
                                for known, known_kind in records),
                            f"{name} {kind}: not among the records of init: {records}")
        return said

    def test_from_nothing_to_forwarded_signed_mail(self):
        machine = self.machine()
        self.run_all(machine, block("README.md", "tools/install-packages"))
        self.set_up(machine)
        self.says("README.md", "It never overwrites anything, and may be repeated.")
        again = self.run_all(machine, block("README.md", "signpost init"))
        self.assertNotIn("created", "".join(again.values()))
        zones = block("README.md", "zones:")
        pathlib.Path(machine.place("/etc/signpost/zones.yaml")).write_text(zones)
        said = self.run_all(machine, block("README.md", "signpost config check"))
        shown = block("cli.md", "ok: 4 settings")
        self.assertEqual(re.sub(r"ok: \d+ settings", "ok: N settings",
                                said["signpost config check"]),
                         shown.replace("ok: 4 settings", "ok: N settings"))
        self.assertIn("ready", said["signpost status"])
        harness.wait_until(lambda: "signing.key_seen" in self.log(machine), 20)
        machine.send("info@example.org", "first mail")
        arrived = machine.sink.wait_for(2)
        self.assertEqual(sorted(sum((m.recipients for m in arrived), [])),
                         ["alice@gmail.example", "bob@outlook.example"])
        for field in (b"DKIM-Signature: ", b"ARC-Seal: ", f"d={HOST}".encode()):
            self.assertIn(field, arrived[0].data)
        self.says("README.md", "`signpost doctor` says line by line")
        doctor = machine.cli("doctor")
        self.assertEqual(doctor.status, 0, doctor.output)
        for line in (f"ok    PTR             {ADDRESS} and {HOST} point to each other",
                     "is the key that signs", "ok    DNS             example.org has its records"):
            self.assertIn(line, doctor.output)
        for address, status, said in (
                ("info@example.org", 0, "is forwarded to alice@gmail.example, bob@outlook.example"),
                ("info+news@example.org", 0, "is forwarded to alice@gmail.example"),
                ("old@example.org", 1, "is refused: 550 5.7.1 This address is closed"),
                ("anybody@example.org", 0, "is forwarded to inbox@example.net"),
                ("postmaster@example.org", 0, ""), ("x@elsewhere.example", 1, "is refused")):
            step = machine.cli("rules", "test", address)
            self.assertEqual(step.status, status, step.output)
            self.assertIn(said, step.output)

    def test_or_with_an_api(self):
        machine = self.machine()
        self.set_up(machine)
        settings = pathlib.Path(machine.place("/etc/signpost/signpost.yaml"))
        self.says("README.md", "With `config: {source: store}` in `signpost.yaml`")
        settings.write_text(settings.read_text() + "config: {source: store}\n")
        machine.publish(f'example.com. IN MX 10 {HOST}.\n'
                        f'example.com. IN TXT "v=spf1 a:{HOST} ~all"\n'
                        '_dmarc.example.com. IN TXT "v=DMARC1; p=none"\n')

        def after(step):
            if step.line.startswith("signpost address add"):
                self.assertIn("is not verified yet", step.output)
                self.press(machine)
        said = self.run_all(machine, block("README.md", "systemctl stop signpostd"), after=after,
                            allowed={"signpost dns check": 0})
        self.assertIn("imported: 1 zone", said["signpost config import /etc/signpost/zones.yaml"])
        self.assertIn("is verified", said["signpost address show carol@mail.example"])
        self.assertIn("is forwarded", said["signpost explain bob@example.net info@example.com"])
        self.assertIn("MX", said["signpost dns show example.com"])
        zones = answer_in(said[next(c for c in said if c.startswith("curl"))])["result"]
        self.assertEqual(sorted(z["name"] for z in zones), ["example.com", "example.org"])
        self.says("README.md", "A changed rule is in force when the API answers.")
        machine.send("info@example.com", "from the README")
        self.assertIn(b"from the README", machine.sink.wait_for(1)[0].data)
        for words in ("signpost address verify carol@mail.example",
                      "signpost address add dora@mail.example --verified", "signpost queue list",
                      "signpost events"):
            self.assertEqual(machine.step(words).status, 0, words)


class Install(Pages):
    def test_the_page_from_top_to_bottom(self):
        harness.require("openssl", "swaks")
        machine = self.machine()
        said = self.run_all(machine, block("install.md", "systemd-sysusers"),
                            allowed={"signpost doctor": 1})  # nothing is published yet
        self.assertIn("ready", said["signpost status"])
        self.assertIn(f"._domainkey.{HOST}. IN TXT", said["signpost dkim show"])
        self.assertIn("publish", said["signpost doctor"])
        again = machine.cli("init")
        machine.publish(again.output)
        machine.cli("rules", "test", "info@example.org")
        # A certificate of one's own.
        certificate, key = harness.make_certificate(self.directory, HOST)
        for name, source in (("mx1.crt", certificate), ("mx1.key", key)):
            pathlib.Path(machine.directory / name).write_bytes(pathlib.Path(source).read_bytes())
        text = block("install.md", "install -m 640").replace("-g signpost", "-g $(id -gn)")
        self.run_all(machine, text)
        settings = pathlib.Path(machine.place("/etc/signpost/signpost.yaml"))
        settings.write_text(re.sub(r"# (tls_\w+: )/etc", rf"\1{machine.place('/etc')}",
                                   settings.read_text()))
        self.assertEqual(machine.step("signpost config check").status, 0)
        self.says("install.md", "After a change to `signpost.yaml`, run `systemctl restart signpostd`")
        zones = pathlib.Path(machine.place("/etc/signpost/zones.yaml"))
        zones.write_text(zones.read_text() + "    catch_all: {forward: [inbox@example.net]}\n")
        self.assertEqual(machine.step("systemctl restart signpostd").status, 0)
        harness.wait_until(lambda: "signing.key_seen" in self.log(machine), 20)
        # The acceptance test of the page.
        machine.publish('elsewhere.example. IN TXT "v=spf1 ip4:127.0.0.0/8 -all"\n')
        text = block("install.md", "swaks --server").replace(
            f"--server {ADDRESS}", f"--server {harness.NODE_IP}:{machine.smtp_port} "
                                   "--helo elsewhere.example")
        self.run_all(machine, text)
        self.assertIn(f"d={HOST}".encode(), machine.sink.wait_for(1)[0].data)
        self.says("install.md", "mail for which neither SPF nor DKIM passes is refused with `550 5.7.26`")
        refused = machine.step(text.strip().replace("elsewhere.example", "nowhere.example"))
        self.assertIn("550 5.7.26", refused.output)
        self.says("install.md", "it assumes that authentication passes")
        explained = machine.cli("explain", "you@elsewhere.example", "info@example.org")
        self.assertIn("is forwarded", explained.output)
        self.says("install.md", "The setup is complete when `signpost doctor` exits with status 0")
        doctor = machine.cli("doctor")
        self.assertEqual(doctor.status, 0, doctor.output)
        self.says("install.md", "`systemctl reload signpostd` reads zones, certificate and SRS secrets "
                                "again")
        zones.write_text(zones.read_text().replace("inbox@", "other@"))
        self.assertEqual(machine.step("systemctl reload signpostd").status, 0)
        harness.wait_until(lambda: "other@example.net" in machine.cli(
            "explain", "you@elsewhere.example", "x@example.org").output, 10)
        self.says("install.md", "`signpost backup create --to DIR` saves everything in the table below")
        for words in ("backup create --to copy", "backup verify copy"):
            self.assertEqual(machine.cli(*words.split()).status, 0, words)
        self.assertEqual(machine.step("systemctl stop signpostd").status, 0)

    def test_the_log_that_is_rotated(self):
        text = block("install.md", "/var/log/signpost/signpostd.log {")
        self.assertIn("systemctl kill --kill-whom=main --signal=HUP signpostd", text)
        self.says("install.md", "The node reopens the file on SIGHUP.")
        log = self.directory / "node.log"
        with harness.Node([{"name": "a.example", "catch_all": {"drop": True}}],
                          {"log.file": str(log)}) as node:
            log.rename(self.directory / "node.log.1")
            node.reload()
            harness.wait_until(log.exists, 10)

    def test_what_the_page_lists_is_installed(self):
        build = harness.Build().directory
        done = subprocess.run(["cmake", "--install", build, "--prefix", self.directory / "usr"],
                              capture_output=True, text=True, timeout=120, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        rows = [codes(cell) for cell in table("install.md", "## Install")]
        self.assertGreater(len(rows), 6)
        for name in sum(rows, []):
            place = pathlib.Path(name).relative_to("/usr/local")
            self.assertTrue((self.directory / "usr" / place).exists(), place)

    def test_the_example_settings_are_sound(self):
        examples = PAGES / "examples"
        done = subprocess.run(
            [harness.Build().program("signpost"), "--config", examples / "signpost.yaml", "config",
             "check"], capture_output=True, text=True, timeout=60, check=False,
            env={**os.environ, "SIGNPOST_NODE_ZONES_FILE": str(examples / "zones.yaml"),
                 "SIGNPOST_NODE_DATA_DIR": str(self.directory / "data")})
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_what_a_backup_is_said_to_have(self):
        """All that a node makes in its data directory is in the table or made again, and nothing
        else is in the table."""
        port, there = harness.free_port(), set()
        for settings in ({"config.source": "store", "api.listen": [f"{harness.NODE_IP}:{port}"]}, {}):
            with harness.Node([{"name": "a.example", "catch_all": {"drop": True}}],
                              {"signing.make_key": True, "smtp.tls_certificate": "",
                               "smtp.tls_key": "", **settings}) as node:
                there |= {entry.name for entry in node.data.iterdir()}
        cells = table("install.md", "## Backup and restore", 1)
        kept = {pathlib.Path(name).name for name in sum(map(codes, cells), [])} - {
            "signpost", "signing.key_dir", "srs.secret_file"}
        made_again, after_a_loss = {"control.sock", "spool.reserve"}, {"spool.losses",
                                                                       "config.losses"}
        self.assertEqual(kept - there, after_a_loss, "no node makes this")
        self.assertEqual(sorted(there - kept - made_again), [], "the page does not name this")


class CommandLine(Pages):
    def run_program(self, *arguments):
        return subprocess.run([harness.Build().program("signpost"), *arguments], check=False,
                              capture_output=True, text=True, timeout=60)

    def test_every_command_is_there(self):
        synopsis = block("cli.md", "signpost init --host-name NAME").splitlines()
        named = set()
        for line in synopsis:
            words = re.sub(r"\[.*?\]\s*", "", line).split()[1:]
            names, choices = [], []
            for at, word in enumerate(words):
                if word == "|":
                    choices = [w for w in words[at - 1:] if re.fullmatch(r"[a-z][a-z-]*", w)]
                    names = names[:-1]
                    break
                if not re.fullmatch(r"[a-z][a-z-]*", word):
                    if "|" in words[at:]:
                        later = words[words.index("|"):]
                        choices = [names[-1], *[w for before, w in zip(later, later[1:])
                                                if before == "|"]]
                        names = names[:-1]
                    break
                names.append(word)
            for choice in choices or [None]:
                command = names + ([choice] if choice else [])
                named.add(" ".join(command[:2]))
                done = self.run_program(*command, "--help")
                self.assertEqual(done.returncode, 0, command)
                for option in re.findall(r"--[a-z-]+", line):
                    if len(choices) < 2:
                        self.assertIn(option, done.stdout, command)
        groups = re.findall(r"^  ([a-z]+) ", self.run_program("--help").stdout.split(
            "Subcommands:")[1].split("Examples:")[0], re.M)
        self.assertGreater(len(groups), 15)
        for group in groups:
            self.assertTrue(any(one.split()[0] == group for one in named),
                            f"cli.md does not name `signpost {group}`")

    def test_exit_statuses(self):
        done = {0: self.run_program("version").returncode,
                1: self.run_program("--config", "/nowhere.yaml", "config", "check").returncode,
                2: self.run_program("zone", "nonsense").returncode,
                3: self.run_program("--socket", str(self.directory / "no.sock"),
                                    "status").returncode}
        self.assertEqual(table("cli.md", "## Exit status"), [str(n) for n in done])
        self.assertEqual(list(done.values()), list(done))

    def test_the_manual_and_completions(self):
        self.says("cli.md", "`signpost manual | man -l -` shows everything as")
        self.assertTrue(self.run_program("manual").stdout.startswith(".TH SIGNPOST 1"))
        self.says("cli.md", "`signpost completion zsh` and `fish` print the scripts for those shells.")
        for shell in ("bash", "zsh", "fish"):
            self.assertGreater(len(self.run_program("completion", shell).stdout), 1000)


CASES = {"Quickstart": Quickstart, "Readme": Readme, "Install": Install, "CommandLine": CommandLine,
         "Cli": documented_cli_test.Cli, "Zones": documented_zones_test.Zones}


if __name__ == "__main__":
    harness.main()
