#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
"""What the tables of README.md, install.md and cli.md say, the programs do: each feature of "What
works" is seen once, what is "Not yet" is looked for in vain, and the records, ports and options are
those of the programs. A row, a feature or a point that nobody tries fails here."""
import re
import smtplib

import harness
from machine import ADDRESS, HOST
from pages import Pages, codes, page, table

ADDRESS6 = "2001:db8::10"
LETTER = "cat letter.eml"  # what the destination got of the message of `Works`
API = ("curl -s -H \"Authorization: Bearer $(cat /var/lib/signpost/admin-token)\" "
       "http://127.0.0.1:9980")
METRICS = "curl -s http://$SIGNPOST_MONITORING_LISTEN"

# README's "What works": row, feature, a command, its status, what is printed. In this order, on one
# node with a store, the zone example.org and a forwarded message.
WORKS = (
    ("SMTP in", "STARTTLS", "cat ehlo", 0, "(?m)^STARTTLS$"),
    ("SMTP in", "PIPELINING", "cat ehlo", 0, "(?m)^PIPELINING$"),
    ("SMTP in", "CHUNKING", "cat ehlo", 0, "(?m)^CHUNKING$"),
    ("SMTP in", "8BITMIME", "cat ehlo", 0, "(?m)^8BITMIME$"),
    ("SMTP in", "SMTPUTF8", "cat ehlo", 0, "(?m)^SMTPUTF8$"),
    ("SMTP in", "SIZE", "cat ehlo", 0, "(?m)^SIZE 26214400$"),
    ("SMTP in", "LIMITS", "cat ehlo", 0, "(?m)^LIMITS .*RCPTMAX=1000"),
    ("SMTP in", "IPv4 and IPv6", "grep listen /etc/signpost/signpost.yaml", 0,
     r'"0.0.0.0:25", "\[::\]:25"'),
    ("Routing", "Zones", "signpost zone list --names", 0, "(?m)^example.org$"),
    ("Routing", "subdomains",
     "signpost zone subdomain add example.org s.example.org && "
     "signpost rule create x@s.example.org --drop && "
     "signpost explain a@sender.example x@s.example.org", 0, "dropped"),
    ("Routing", "custom addresses", "signpost explain a@sender.example info@example.org", 0,
     "is forwarded"),
    ("Routing", "catch-all",
     "signpost rule catch-all example.org --forward b@example.net && "
     "signpost explain a@sender.example any@example.org", 0, "b@example.net"),
    ("Routing", "several destinations",
     "signpost rule create two@example.org --forward a@example.net,b@example.net && "
     "signpost explain a@sender.example two@example.org", 0, "(?s)a@example.net.*b@example.net"),
    ("Routing", "subaddressing",
     "signpost zone settings example.org --subaddressing on && "
     "signpost explain a@sender.example info+x@example.org", 0, "a@example.net"),
    ("Routing", "globs",
     "signpost rule create 'sales-*@example.org' --match glob --drop && "
     "signpost explain a@sender.example sales-eu@example.org", 0, "dropped"),
    ("Routing", "regular expressions",
     "signpost rule create '[0-9]+@example[.]org' --match regex --drop --zone example.org && "
     "signpost explain a@sender.example 123@example.org", 0, "dropped"),
    ("Routing", "conditions",
     "signpost rule create when@example.org --when dmarc=fail --reject Forged && "
     "signpost explain a@sender.example when@example.org --auth dmarc=fail", 1, "Forged"),
    ("Routing", "failover",
     "signpost rule create fail@example.org --failover a@example.net,b@example.net && "
     "signpost explain a@sender.example fail@example.org", 0, "a@example.net"),
    ("Routing", "HMAC-signed webhooks",
     "signpost rule create hook@example.org --webhook https://hook.example.net/in && "
     "signpost rule secret hook@example.org", 0, "(?m)^[0-9a-f]{64}$"),
    ("Routing", "explain", "signpost explain a@sender.example nobody@elsewhere.example", 1, "550"),
    ("Queue", "Durable (RocksDB, synced group commit)",
     "ls /var/lib/signpost/spool/*/CURRENT /var/lib/signpost/spool/CURRENT; "
     "signpost config show | grep storage.sync", 0, "(?s)spool.*CURRENT.*storage.sync.*true"),
    ("Queue", "retries", "signpost queue list", 0, "deferred.*450 4.2.0 later"),
    ("Queue", "delay notices", "cat delayed.eml", 0, "(?m)^Action: delayed"),
    ("Queue", "bounces (RFC 3464, RFC 6533)", "cat bounce.eml", 0,
     "(?s)multipart/report.*message/delivery-status.*Action: failed"),
    ("Queue", "SRS with the way back for bounces",
     "signpost explain '<>' \"$(cat sender)\"", 0, "alice@sender.example"),
    ("Authentication", "SPF", LETTER, 0, "(?s)Authentication-Results: mx1.*spf=pass"),
    ("Authentication", "DKIM", LETTER, 0, "(?s)Authentication-Results: mx1.*dkim=none"),
    ("Authentication", "DMARC and ARC checked on receipt and enforced as each zone wants", LETTER, 0,
     "(?s)Authentication-Results: mx1(?=.*dmarc=none)(?=.*arc=none)"),
    ("Authentication", "DMARC and ARC checked on receipt and enforced as each zone wants",
     "cat forged && signpost zone settings example.org --dmarc report --require-pass off && "
     "signpost explain ceo@forged.example info@example.org --auth spf=fail,dkim=none,dmarc=fail", 0,
     "(?s)5.7.1 The message fails DMARC.*is forwarded"),
    ("Signing", "DKIM of service and zone (RSA, Ed25519)",
     "signpost dkim keygen example.org --now && "
     "signpost dkim keygen example.org --type ed25519 --now && signpost dkim show", 0,
     
     f"(?s)(?=.*_domainkey.{HOST})(?=.*_domainkey.example.org.*k=rsa)(?=.*k=ed25519)"),
    ("Signing", "ARC sealing", LETTER, 0, f"(?s)ARC-Seal: .*d={HOST}"),
    ("Signing", "a key at the first start", LETTER, 0, f"(?s)DKIM-Signature: .*d={HOST}"),
    ("Signing", "rotation", "signpost dkim rotate example.org && signpost dkim show example.org", 0,
     "pending"),
    ("API", "Cloudflare's shapes",
     API + "/client/v4/zones | jq -c '[.success, .errors, .result[0].name, .result_info.page]'", 0,
     r'\[true,\[\],"example.org",1\]'),
    ("API", "tokens", "signpost token create t --allow zones:read --output t && "
     "signpost token verify --token-file t", 0, "active"),
    ("API", "audit log", "signpost audit list --zone example.org", 0, "zone example.org"),
    ("API", "verified destinations",
     "signpost rule create no@example.org --forward no@example.net", 1, "code 2054"),
    ("API", "DNS setup help", "signpost dns show example.org", 0, "Publish: example.org MX 10 mx1"),
    ("Operation", "Prometheus metrics", METRICS + "/metrics", 0, "signpost_node_ready 1"),
    ("Operation", "health", METRICS + "/livez && " + METRICS + "/readyz", 0, r"ok\s+ok"),
    ("Operation", "structured logs", "cat signpostd.log", 0, r"event=\S+ .*queue_id="),
    ("Operation", "activity log", "signpost events", 0, "delivered"),
    ("Operation", "backup", "signpost backup create --to copy && signpost backup verify copy", 0, ""),
    ("Operation", "command line with completions and manual page",
     "signpost completion zsh | head -1 && signpost manual | head -1", 0,
     "#compdef[^.]*.TH SIGNPOST"),
)

# README's "Not yet": how a point begins, a command, its status, what is printed; None: nothing that
# a program could show.
ABSENT = "signpost config reference | grep -ciE "
NOT_YET = (
    ("DANE and MTA-STS", ABSENT + "'\\b(dane|tlsa|mta.sts)'", 1, "^0$"),
    ("DANE and MTA-STS", "signpost config reference | grep delivery.starttls", 0, "opportunistic"),
    ("DANE and MTA-STS",
     "curl -s -o page -w '%{http_code}' http://127.0.0.1:9980/.well-known/mta-sts.txt", 0, "404"),
    ("clusters: several nodes can share a setup in PostgreSQL", "signpost config reference | grep "
     "control.store", 0, "postgres"),
    ("container images", None, 0, ""),
    ("a dashboard", "curl -s -o page -w '%{http_code}' http://127.0.0.1:9980/", 0, "404"),
    ("a dashboard", ABSENT + "'tls-?rpt|aggregate report|\\brua\\b'", 1, "^0$"),
    ("Email Workers", "cat ehlo", 0, r"\A(?!.*\bAUTH\b)(?s:.*)\Z"),
    ("Email Workers", ABSENT + "'imap|pop3|submission'", 1, "^0$"),
    ("spam and virus filters", ABSENT + "'dnsbl|greylist|antivirus|clamav'", 1, "^0$"),
    ("a DNS server", "signpost config reference | grep -c '^| `dns.listen'", 1, "^0$"),
    ("Windows, macOS, BSD", None, 0, ""),
)


def features(cell):
    """The features of a cell: what is between commas and semicolons outside parentheses."""
    return [part.strip() for part in re.split(r"[,;]\s*(?![^(]*\))", cell)]


class Tables(Pages):
    def started(self, *options, environment=()):
        """A machine whose node runs, and what its `init` said."""
        machine = self.machine()
        for line in environment:
            machine.step(f"export {line}")
        said = machine.step(f"signpost init --host-name {HOST} --postmaster you@example.net "
                            + " ".join(options))
        self.assertEqual(said.status, 0, said.output)
        machine.publish(said.output)
        started = machine.step("systemctl start signpostd")
        self.assertEqual(started.status, 0, started.output)
        return machine

    def try_all(self, machine, statements):
        for *what, command, status, said in statements:
            if command is None:
                continue
            with self.subTest(what=what):
                step = machine.step(command)
                self.assertEqual(step.status, status, f"{command}\n{step.output}")
                if said:
                    self.assertRegex(step.output, said, command)


class Works(Tables):
    def test_each_feature_and_each_point(self):
        harness.require("curl", "jq")
        rows = [(name, feature) for name, cell in zip(
            table("README.md", "## What works, and what does not yet"),
            table("README.md", "## What works, and what does not yet", 1))
            for feature in features(cell)]
        self.assertEqual(rows, list(dict.fromkeys(entry[:2] for entry in WORKS)))
        points = re.findall(r"^- (.+)$", page("README.md").split("\nNot yet:\n")[1].split(
            "\nProviders ")[0], re.M)
        begins = list(dict.fromkeys(entry[0] for entry in NOT_YET))
        self.assertEqual([point[:len(begin)] for point, begin in zip(points, begins)], begins)
        self.assertEqual(len(points), len(begins), "a point that nobody looks for")

        machine = self.started("--store", environment=("SIGNPOST_QUEUE_DELAY_NOTICE_AFTER=1s",
                                                       "SIGNPOST_QUEUE_RETRY_SCHEDULE=1s"))
        harness.wait_until(lambda: "signing.key_seen" in self.log(machine), 20)
        self.mail(machine)
        self.try_all(machine, WORKS)
        self.try_all(machine, NOT_YET)

    def mail(self, machine):
        """Sends what the tables speak of, and keeps what came of it in files."""
        for command in ("signpost zone create example.org --enable",
                        "signpost address add a@example.net --verified",
                        "signpost address add b@example.net --verified",
                        *(f"signpost rule create {name}@example.org --forward a@example.net"
                          for name in ("info", "refused")),
                        "signpost rule create late@example.org --forward b@example.net"):
            self.assertEqual(machine.step(command).status, 0, command)
        with smtplib.SMTP(harness.NODE_IP, machine.smtp_port, "client.example", 20) as client:
            (machine.directory / "ehlo").write_bytes(client.ehlo()[1] + b"\n")
        machine.send("info@example.org", "hello")
        machine.publish('_dmarc.forged.example. IN TXT "v=DMARC1; p=reject"\n')
        with self.assertRaises(smtplib.SMTPDataError) as refused:
            machine.send("info@example.org", "forged", "ceo@forged.example")
        (machine.directory / "forged").write_text(str(refused.exception))
        letter = harness.wait_until(lambda: next(
            (m for m in machine.sink.messages if b"Subject: hello" in m.data), None), 20)
        (machine.directory / "letter.eml").write_bytes(letter.data)
        (machine.directory / "sender").write_text(letter.sender)
        answers = {"a@example.net": "550 5.1.1 nobody", "b@example.net": "450 4.2.0 later"}
        machine.sink.on_recipient = lambda address, tries: answers.get(address)
        for name in ("refused", "late"):
            machine.send(f"{name}@example.org")
        for name, action in (("bounce.eml", b"Action: failed"),
                             ("delayed.eml", b"Action: delayed")):
            found = harness.wait_until(lambda action=action: next(
                (m for m in machine.sink.messages if action in m.data), None), 20)
            (machine.directory / name).write_bytes(found.data)


class Records(Tables):
    """install.md: the records and ports."""

    def test_the_records_are_those_of_init(self):
        machine = self.machine()
        said = machine.step(f"SIGNPOST_DELIVERY_SOURCE_IPV6={ADDRESS6} signpost init "
                            f"--host-name {HOST} --postmaster you@example.net --zone example.org")
        self.assertEqual(said.status, 0, said.output)
        lines = [line.split("  ;")[0] for line in said.output.splitlines() if " IN " in line]
        wanted = []
        for names, records in zip(table("install.md", "## DNS"), table("install.md", "## DNS", 1)):
            name = codes(names)[0]
            if "dkim show" in records:
                key = re.escape(name).replace("…", r"\w+") + r"\. IN TXT"
                self.assertTrue(any(re.match(key, line) for line in lines), lines)
                wanted += [line for line in lines if "_domainkey" in line]
                continue
            wanted += [f"{name}. IN {record}" for record in codes(records)]
            if "the same for IPv6" in names:
                wanted += [line for line in lines if "ip6.arpa. IN PTR" in line]
        self.assertEqual(sorted(lines), sorted(wanted))
        self.says("install.md", f"at `{ADDRESS}` and `{ADDRESS6}`")

    def test_the_ports_are_those_of_the_settings(self):
        machine = self.machine()
        machine.cli("init", "--host-name", HOST, "--postmaster", "you@example.net")
        said = machine.step("cat /etc/signpost/signpost.yaml; signpost config reference").output
        rows = list(zip(*(table("install.md", "## Firewall", column) for column in range(3))))
        incoming = {number for direction, port, _ in rows if direction == "in"
                    for number in re.findall(r"\d+", port)}
        listens = set(re.findall(r':(\d+)"', re.search(r"listen: (.*)", said)[1]))
        self.assertEqual(listens, {"25"})
        for name in ("monitoring.listen", "api.listen"):
            default = re.search(rf"`{name}` \| \w+ \| `([^`]+)`", said)[1]
            self.assertIn("127.0.0.1:", default)
            listens.add(default.strip("[]").rsplit(":", 1)[1])
        self.assertEqual(set(re.findall(r"^\| `(\w+\.listen)", said, re.M)),
                         {"smtp.listen", "monitoring.listen", "api.listen"}, "a port more")
        self.assertEqual(incoming, listens)
        outgoing = [port for direction, port, _ in rows if direction == "out"]
        self.assertEqual(outgoing, ["TCP 25", "UDP and TCP 53"])
        self.assertIn("| `delivery.port` | number | `25` |", said)


class Options(Tables):
    """cli.md: the options of every command, and which server is asked."""

    def test_each_option(self):
        machine = self.started("--store", environment=("NO_COLOR=1",))
        tries = {
            "--json": (("signpost --json status | head -c 1", 0, "[{]"),
                       ("signpost zone create example.org --enable && "
                        "signpost zone list --json", 0,
                        r'"created_on": ?"\d{4}-\d\d-\d\dT[\d:.]+Z"')),
            "--profile NAME": (
                ("signpost profile add here --url http://127.0.0.1:9980 "
                 "--token-file /var/lib/signpost/admin-token", 0, ""),
                ("signpost --profile here zone list --names", 0, "^example.org$"),
                ("signpost --profile nowhere zone list", 2, "nowhere")),
            "--url URL": (
                ("SIGNPOST_API_TOKEN=$(cat /var/lib/signpost/admin-token) "
                 "signpost --url http://127.0.0.1:9980 zone list --names", 0, "^example.org$"),
                ("SIGNPOST_API_TOKEN=wrong signpost --url http://127.0.0.1:9980 zone list", 1, "")),
            "--socket PATH": (
                ("signpost --config /nowhere --socket /var/lib/signpost/control.sock zone list "
                 "--names", 0, "^example.org$"),
                ("signpost --socket /nowhere zone list", 3, "/nowhere")),
            "-c, --config FILE": (
                ("SIGNPOST_CONFIG=/nowhere signpost --config /etc/signpost/signpost.yaml "
                 "config show", 0, HOST),
                ("SIGNPOST_CONFIG=/nowhere signpost config check", 1, "/nowhere"),
                ("SIGNPOST_CONFIG=/nowhere signpostd --check", 1, "/nowhere"),
                ("signpostd --help; signpost manual", 0,
                 r"(?s)of \$SIGNPOST_CONFIG, or else /etc/signpost/signpost.yaml.*"
                 r"\$SIGNPOST_CONFIG, or /etc/signpost/signpost.yaml")),
            "--data-dir DIR": (
                ("SIGNPOST_NODE_DATA_DIR=/nowhere signpost --data-dir /var/lib/signpost zone list "
                 "--names", 0, "^example.org$"),)}
        rows = [", ".join(codes(cell)) for cell in table("cli.md", "## Options of every command")]
        self.assertEqual(rows, list(tries))
        self.try_all(machine, [(row, *one) for row, of_row in tries.items() for one in of_row])


if __name__ == "__main__":
    harness.main()
