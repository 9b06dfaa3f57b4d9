#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
"""What cli.md says, the programs do: its blocks in the order of the page, its tables, and its
statements, on one node with a store. documented_test.py looks whether anything is left out."""
import json
import re
import time

import harness
from machine import HOST
from pages import Pages, answer_in, block, codes, table

# (page, its words, a command, the status, what is printed), in this order, on the node of Cli with
# the zone example.org and one account.
STATEMENTS = (
    ("cli.md", "**Zones** are given by name, in Unicode letters or A-labels, or by id.",
     "signpost zone create bücher.example --enable && signpost zone show bücher.example", 0,
     "zone bücher.example"),
    ("cli.md", "or with `--zone` by id or as `catch-all`",
     "signpost rule show catch-all --zone example.org", 0, "everything else"),
    ("cli.md", "Print JSON, as the API returns it",
     "signpost zone list --json | jq -r '.[].name'", 0, "(?m)^example.org$"),
    ("cli.md", "While there is only one account, that is immediately.",
     "signpost zone check example.org", 0, "active"),
    ("cli.md", "with `--subdomain` that of a subdomain",
     "signpost zone subdomain add example.org mail.example.org && "
     "signpost zone disable example.org --subdomain mail.example.org", 0, ""),
    ("cli.md", "**`zone settings ZONE --subaddressing on`** makes `user+detail@` reach `user@`",
     "signpost zone settings example.org --subaddressing on && "
     "signpost explain a@sender.example info+news@example.org", 0, "is forwarded"),
    ("cli.md", "`--dmarc`, `--quarantine`, `--require-pass` and `--own-author` set",
     "signpost zone settings example.org --dmarc report --require-pass off --own-author reject", 0,
     ""),
    ("cli.md", "with equal priority, a literal address comes before patterns",
     "signpost rule create '*@example.org' --match glob --reject Pattern && "
     "signpost explain a@sender.example info@example.org", 0, "ops@example.net"),
    ("cli.md", "the one with the lowest priority number decides",
     "signpost rule update info@example.org --priority 5 && signpost rule create "
     "'in*@example.org' --match glob --reject First --priority 1 && "
     "signpost explain a@sender.example info@example.org", 1, "First"),
    ("cli.md", "**`rule update RULE`** changes what you give and keeps the rest.",
     "signpost rule update 'in*@example.org' --priority 9 && "
     "signpost rule show 'in*@example.org'", 0, "(?s)First.*9|9.*First"),
    ("cli.md", "an action that you give takes effect at once, unless you also give `--disable`",
     "signpost rule catch-all example.org --forward a@example.net --disable", 0, "disabled"),
    ("cli.md", "A disabled rule or catch-all for the address is named.",
     "signpost rule create off@example.org --drop --disable && "
     "signpost explain a@sender.example off@example.org", 1, "disabled"),
    ("cli.md", "With `address verify`, an administrator can verify the address instead.",
     "signpost address add late@example.net && signpost address verify late@example.net", 0,
     "is verified"),
    ("cli.md", "shows the addresses that are not verified yet",
     "signpost address add never@example.net && signpost address list --unverified", 0,
     "never@example.net"),
    ("cli.md", "first lists the rules that forward to it",
     "signpost rule create late@example.org --forward late@example.net && "
     "signpost address remove late@example.net --yes", 0, "late@example.org in example.org: is disabled"),
    ("cli.md", "and is enabled again when the address has been added and verified again",
     "signpost address add late@example.net --verified && signpost rule show late@example.org", 0,
     "enabled"),
    ("cli.md", "Commands that ask for confirmation accept `--yes` instead, and require it if there "
               "is no terminal.",
     "signpost rule delete late@example.org </dev/null", 2, "--yes"),
    ("cli.md", "ends with status 1 if anything is",
     "signpost dns check example.org", 1, "mx.missing"),
    ("cli.md", "**`dns export ZONE`** prints lines for a zone file.",
     "signpost dns export example.org", 0, r"IN\s+MX"),
    ("cli.md", "The command ends with status 1 if a key of that type already signs for the domain.",
     "signpost dkim keygen example.org --now >key && signpost dkim keygen example.org", 1, "already"),
    ("cli.md", "private keys are never shown",
     "signpost dkim show example.org | grep -c PRIVATE", 1, "^0$"),
    ("cli.md", "**`dkim rotate DOMAIN`** creates a pending key for each active one.",
     "signpost dkim rotate example.org >key && signpost dkim show example.org", 0, "pending"),
    ("cli.md", "`--activate` activates the pending keys and retires the others.",
     "signpost dkim rotate example.org --activate", 0, "retired"),
    ("cli.md", "`--finish` removes those that were retired long enough ago",
     "signpost dkim rotate example.org --finish", 1, "is kept until"),
    ("cli.md", "or with `--force` all retired keys",
     "signpost dkim rotate example.org --finish --force", 0, "now delete the record"),
    ("cli.md", "`--offline` makes no DNS queries.", "signpost doctor --offline", 0, "ok +node"),
    ("cli.md", "the state of the spool, the zones and the running node", "signpost status", 0, "ready"),
    ("cli.md", "where the value comes from: `default`, a file, `environment` or `command line`",
     "signpost config show", 0, "(?s)environment.*default|default.*environment"),
    ("cli.md", "`rules test` without `--zones` ends with status 2",
     "signpost rules test info@example.org", 2, "in its store"),
    ("cli.md", "**`spool losses`** lists losses that were found at a start",
     "signpost spool losses", 0, ""),
    ("cli.md", "with `--output FILE` it goes to a file with mode 0600",
     "signpost token create t --allow zones:read --zone example.org --output t.token && "
     "stat -c %a t.token", 0, "600"),
    ("cli.md", "`--zone` limits permissions of zones to certain zones (others, such as `queue:read`, "
               "are for whole accounts all the same, and the command says so)",
     "signpost token create wide --allow zones:read,queue:read --zone example.org --output w.token",
     0, "does not limit queue:read"),
    ("cli.md", "or with `--token-file FILE` (`-` is standard input) another one",
     "signpost token verify --token-file t.token && signpost token verify --token-file - <w.token",
     0, "active"),
    ("cli.md", "**`token roll`** gives a token a new secret.",
     "signpost token roll t --yes --output u.token && signpost token verify --token-file t.token", 1,
     "not valid|Invalid|invalid"),
    ("cli.md", "and saves it in `~/.config/signpost/profiles.yaml` (or under `XDG_CONFIG_HOME`) with "
               "mode 0600",
     "signpost profile add work --url http://127.0.0.1:9980 --token-file u.token && "
     "stat -c %a ~/.config/signpost/profiles.yaml", 0, "600"),
    ("cli.md", "The first profile becomes the default", "signpost profile list", 0, "work"),
    ("cli.md", "The server given with `--socket`, `--profile` or `--url`.",
     "signpost --profile work zone list --names", 0, "^example.org$"),
    ("cli.md", "**`audit list`** prints changes and refused attempts, newest first",
     "signpost audit list --since 2d --zone example.org", 0, "zone example.org"),
    ("cli.md", "The audit log shows them as `cli`.", "signpost audit list --actor cli", 0, "cli"),
    ("cli.md", "**`backup create --to DIR`** backs up the node of this machine, whether it is running",
     "signpost backup create --to copy && signpost backup verify copy", 0, ""),
    ("cli.md", "**`backup restore DIR --to DATA`** restores it into a data directory",
     "signpost backup restore copy --to restored && ls restored", 0, "config"),
    ("README.md", "http://127.0.0.1:9925/metrics",
     "curl -s http://$SIGNPOST_MONITORING_LISTEN/metrics", 0, "signpost_node_ready 1"),
)


class Cli(Pages):
    """cli.md on a node with a store, in the order of the page."""

    def after(self, machine, step):
        if step.line.startswith("signpost address add ops@example.net") and not step.status:
            self.press(machine)
        if step.line.startswith("signpost zone create example.com"):
            name = "_signpost-verify.example.com"
            value = re.search(rf"{name}\S*\s+.*?\"([^\"]+)\"", step.output)
            self.assertTrue(value, step.output)
            machine.dns.table[(name, "TXT")] = [value[1]]
            time.sleep(0.1)

    def test_the_page_from_top_to_bottom(self):
        harness.require("curl", "jq")
        machine = self.machine()
        said = machine.step(f"signpost init --store --host-name {HOST} --postmaster you@example.net")
        self.assertEqual(said.status, 0, said.output)
        machine.publish(said.output)
        self.assertEqual(machine.step("systemctl start signpostd").status, 0, self.log(machine))

        def after(step):
            self.after(machine, step)
        said = self.run_all(machine, block("cli.md", "signpost zone create example.org"), after=after)
        self.assertIn("is forwarded", said["signpost explain alice@example.com info@example.org"])
        # What a refusal looks like.
        refused = machine.cli("rule", "create", "x@example.org", "--forward", "no@example.net")
        self.assertEqual(refused.status, 1)
        self.assertEqual(re.sub(r"\s+", " ", refused.output),
                         re.sub(r"\s+", " ", block("cli.md", "signpost: Destination address")))
        self.actions(machine)
        self.requests(machine)
        self.queue(machine)
        self.statements(machine)
        self.run_all(machine, block("cli.md", "curl --unix-socket /var/lib/signpost/control.sock -H"),
                     after=after)
        self.says("cli.md", "`address …`, and `token list` for that account's tokens")
        missing = machine.cli("address", "list")
        self.assertEqual(missing.status, 2)
        self.assertIn("add --account", missing.output)
        said = self.run_all(machine, block(
            "cli.md", "curl --unix-socket /var/lib/signpost/control.sock http"))
        self.assertTrue(answer_in("".join(said.values()))["success"])
        self.moving(machine)

    def actions(self, machine):
        """The table of what a rule can do."""
        for add in ("a@example.net", "b@example.net"):
            machine.cli("address", "add", add, "--verified")
        examples = {"--forward A[,B…]": "--forward a@example.net,b@example.net",
                    "--failover A,B[,C…]": "--failover a@example.net,b@example.net",
                    "--drop": "--drop", "--reject TEXT": "--reject Closed",
                    "--webhook URL": "--webhook https://hook.example.net/in"}
        rows = [codes(cell)[0] for cell in table(
            "cli.md", "**`rule create ADDRESS`** needs exactly one action:")]
        self.assertEqual(rows, list(examples))
        for number, options in enumerate(examples.values()):
            made = machine.step(f"signpost rule create kind{number}@example.org {options}")
            self.assertEqual(made.status, 0, made.output)
        said = machine.cli("explain", "a@sender.example", "kind3@example.org")
        self.assertEqual(said.status, 1)
        self.assertIn("550 5.7.1 Closed", said.output)
        self.assertRegex(machine.cli("rule", "secret", "kind4@example.org").output, r"^[0-9a-f]{64}$")
        two = machine.step("signpost rule create two@example.org --drop --reject No")
        self.assertEqual(two.status, 2, two.output)

    def requests(self, machine):
        """The table of what the control socket answers."""
        harness.wait_until(lambda: machine.cli("events").output.count("\n") > 1, 10)
        events = json.loads(machine.cli("events", "--json").output)
        known = next(event["queue_id"] for event in events if event["queue_id"])
        rows = table("cli.md", "## The control socket")
        self.assertEqual(len(rows), 11)
        for row in rows:
            first = codes(row)[0] if not row.startswith("`POST`, `DELETE`") else ""
            body = re.search(r"with `(\{.*\})`", row)
            for method, path in ([first.split(" ", 1)] if " " in first else
                                 [("POST", codes(row)[1].split()[1]),
                                  ("DELETE", codes(row)[1].split()[1])]):
                path = path.replace("{queue_id}", known).replace("…", "nowhere.example")
                step = machine.step(
                    f"curl -s -o answer -w '%{{http_code}}' -X {method} --unix-socket "
                    f"/var/lib/signpost/control.sock http://node{path}"
                    + (f" -H 'Content-Type: application/json' -d '{body[1]}'" if body else ""))
                answer = (machine.directory / "answer").read_text()
                # What is not in the queue (any more) is not found; nothing else may be wrong.
                self.assertIn(step.output[-3:], ("200", "404"), f"{method} {path}: {answer}")
                self.assertNotIn("7003", answer, f"{method} {path}: {answer}")

    def queue(self, machine):
        machine.sink.on_recipient = lambda address, tries: "450 4.2.0 later"
        machine.send("info@example.org", "waits")
        harness.wait_until(lambda: "deferred" in machine.cli("queue", "list").output, 20)
        said = self.run_all(machine, block("cli.md", "signpost queue list"))
        self.assertIn("ops@example.net", said["signpost queue list --state deferred --next-hop "
                                             "example.net"])
        self.says("cli.md", "`--recipient` finds both the original address and the one the mail is "
                            "forwarded to")
        for recipient in ("info@example.org", "OPS@example.net"):
            self.assertIn("ops@example.net",
                          machine.cli("queue", "list", "--recipient", recipient).output)
        known = json.loads(machine.cli("queue", "list", "--json").output)[0]["queue_id"]
        self.says("cli.md", "`--headers` adds the header section")
        self.assertIn("Subject: waits", machine.cli("queue", "show", known, "--headers").output)
        self.assertIn("waits", machine.cli("message", "source", known).output)
        self.says("cli.md", "without a terminal it requires `--yes`")
        self.assertEqual(machine.step("signpost queue remove --next-hop example.net "
                                      "</dev/null").status, 2)
        self.assertEqual(machine.cli("queue", "remove", "--next-hop", "example.net",
                                     "--yes").status, 0)
        self.says("cli.md", "no bounce is sent")
        machine.sink.on_recipient = lambda address, tries: None
        self.assertIn("removed", machine.cli("events").output)

    def statements(self, machine):
        for name, quote, command, status, said in STATEMENTS:
            with self.subTest(quote=quote):
                self.says(name, quote)
                step = machine.step(command)
                self.assertEqual(step.status, status, f"{command}\n{step.output}")
                if said:
                    self.assertRegex(step.output, said, command)

    def moving(self, machine):
        """Import and export, with the node stopped."""
        self.says("cli.md", "A store that is in use is refused.")
        (machine.directory / "lines.jsonl").write_text(block("cli.md", '{"account"'))
        used = machine.cli("config", "import", "lines.jsonl")
        self.assertEqual(used.status, 1)
        self.assertIn("in use", used.output)
        self.assertEqual(machine.step("systemctl stop signpostd").status, 0)
        for words, said in (
                ("config import lines.jsonl --store other --dry-run", "would be imported: 1 zone"),
                ("config import lines.jsonl --store other",
                 "imported: 1 zone, 1 rule, 1 account, 1 destination"),
                ("config export --store other", '"zone"')):
            step = machine.step("signpost " + words)
            self.assertEqual(step.status, 0, step.output)
            self.assertIn(said, step.output)
        self.says("cli.md", "from which an import creates an identical store")
        machine.step("signpost config export --store other >whole.jsonl")
        self.assertEqual(machine.step("signpost config import whole.jsonl --store third && "
                                      "signpost config export --store third | diff - whole.jsonl "
                                      ).status, 0)
        self.says("cli.md", "If a zone already exists, the import ends, or with `--skip-existing`")
        self.assertEqual(machine.step("signpost config import whole.jsonl --store other").status, 1)


if __name__ == "__main__":
    harness.main()
