#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
"""The disk gives back less than was written: the node says what is missing, and waits to be told."""
import http.client
import json
import re
import shutil
import smtplib
import socket
import unittest

import harness
from mail_sink import MailSink

HEAD = b"From: alice@sender.example\r\nSubject: hello\r\n\r\n"
ZONES = [{"name": "zone.example", "rules": [harness.rule("info", "info@dest.example")]}]


class Damage(unittest.TestCase):
    def setUp(self):
        harness.require()
        self.sink = self.enterContext(MailSink())
        self.sink.on_recipient = lambda address, tries: "450 4.2.0 not yet"

    def make_node(self):
        return harness.Node(ZONES, {"queue.retry_schedule": ["1s"]},
                            routes=[f"*={self.sink.address}"])

    def send(self, node, count=1):
        """The reply to each message."""
        replies = []
        with smtplib.SMTP(harness.NODE_IP, node.smtp_port, "client.example", timeout=30) as client:
            client.ehlo()
            for n in range(count):
                replies.append(self.send_one(client, n))
        return replies

    def send_one(self, client, n):
        text = HEAD + b"message %03d\r\n" % n + b"x" * 70 + b"\r\n"
        for reply in (lambda: client.mail("alice@sender.example"),
                      lambda: client.rcpt("info@zone.example"), lambda: client.data(text)):
            code, said = reply()
            if code != 250:
                client.rset()
                return code, said.decode()
        return code, said.decode()

    def reasons(self, node):
        status, body = node.http("/readyz")
        return body if status == 503 else ""

    def start_incomplete(self, node):
        """Starts a node that misses mail; the loss that it tells of and how many messages it is."""
        node.start(wait=False)
        harness.wait_until(lambda: "messages missing" in self.reasons(node), what="a loss is told")
        told = re.search(r"(\d+) acknowledged messages missing.*accept-loss (loss-\w+)",
                         self.reasons(node))
        return told[2], int(told[1])

    def flip(self, logs, text):
        """Changes 16 octets where `text` begins, in the log that has it."""
        path = next(log for log in logs if text in log.read_bytes())
        octets = bytearray(path.read_bytes())
        at = octets.index(text)
        for i in range(at, at + 16):
            octets[i] ^= 0x5A
        path.write_bytes(octets)

    def test_a_kill_is_no_loss(self):
        with self.make_node() as node:
            self.send(node, 10)
            node.kill()
            node.start()
            self.assertEqual(node.queued(), 10)
            self.assertEqual(node.metric("signpost_spool_unaccounted_messages"), 0)
            self.assertFalse((node.data / "spool.losses").exists())

    def test_a_damaged_log_is_told_and_what_is_behind_is_delivered(self):
        with self.make_node() as node:
            accepted = self.send(node, 60)
            ids = [re.search(r"\b([0-9A-Z]{26})\b", said)[1] for _, said in accepted]
            node.kill()
            self.flip((node.data / "spool").glob("*.log"), b"message 030")
            loss, missing = self.start_incomplete(node)
            self.assertTrue(0 < missing < 20, missing)
            report = (node.data / "spool.losses" / f"{loss}.loss").read_text()
            named = set(re.findall(r"^message (\w{26})", report, re.MULTILINE))
            self.assertTrue(named <= set(ids))
            self.assertEqual(len(named), missing)
            self.assertRegex(report, r"cause \d+\.log: \d+ octets at \d+")
            self.assertIn("event=spool.loss ", node.log_text())
            self.assertEqual(self.send(node)[0][0], 451)
            harness.wait_until(
                lambda: node.metric("signpost_spool_unaccounted_messages") == missing)
            # What is there goes out, and nothing else.
            self.sink.on_recipient = lambda address, tries: None
            self.sink.wait_for(60 - missing)
            node.wait_empty(20)
            self.assertEqual(node.cli("spool", "losses", check=False).returncode, 1)
            node.cli("spool", "accept-loss", loss)
            node.wait_ready()
            self.assertEqual(self.send(node)[0][0], 250)
            node.stop()
            node.start()
            self.assertEqual(node.metric("signpost_spool_unaccounted_messages"), 0)

    def damage_bodies(self, node, text):
        """Changes an octet of every message in the files."""
        changed = 0
        for path in (node.data / "spool").glob("*.blob"):
            octets = path.read_bytes()
            changed += octets.count(text)
            path.write_bytes(octets.replace(text, text[:-1] + b"?"))
        return changed

    def send_large(self, node, sender):
        with smtplib.SMTP(harness.NODE_IP, node.smtp_port, "client.example", timeout=30) as client:
            client.ehlo()
            client.mail(sender)
            client.rcpt("info@zone.example")
            code, said = client.data(HEAD + (b"damage me " * 7 + b"\r\n") * 60)
            self.assertEqual(code, 250, said)

    def test_damaged_bodies_end_and_somebody_is_told(self):
        with self.make_node() as node:
            for sender in ("alice@sender.example", "alice@sender.example", ""):
                self.send_large(node, sender)
            self.send(node)
            for _ in range(2):  # what is in the log alone goes to files
                node.stop()
                node.start()
            node.stop()
            self.assertTrue(self.damage_bodies(node, b"damage me damage me"))
            self.sink.on_recipient = lambda address, tries: None
            self.sink.forget()
            node.start()
            messages = self.sink.wait_for(3)
            node.wait_empty(20)
            to = sorted(m.recipients[0] for m in messages)
            self.assertEqual(to, ["alice@sender.example"] * 2 + ["info@dest.example"])
            report = next(m for m in messages if m.recipients == ["alice@sender.example"]).parsed
            self.assertEqual(report.get_content_type(), "multipart/report")
            self.assertIn("Status: 5.3.0", report.as_string())
            self.assertIn("send your message again", report.as_string())
            self.assertEqual(node.metric("signpost_queue_unreadable_total", told="sender"), 2)
            self.assertEqual(node.metric("signpost_queue_unreadable_total", told="operator"), 1)
            harness.wait_until(lambda: node.metric("signpost_spool_unreadable_messages") == 1)
            self.assertEqual(node.http("/readyz")[0], 200)
            told = node.cli("spool", "losses", check=False)
            self.assertEqual(told.returncode, 1)
            self.assertRegex(told.stdout, r"unreadable  1 message given up.*messages.unreadable")
            self.assertIn("could not be read", node.cli("doctor", "--offline", check=False).stdout)
            node.cli("spool", "accept-loss", "unreadable")
            self.assertEqual(node.cli("spool", "losses").stdout, "nothing is missing\n")
            harness.wait_until(lambda: node.metric("signpost_spool_unreadable_messages") == 0)

    def test_a_damaged_queue_is_checked_salvaged_and_exported(self):
        with self.make_node() as node:
            for _ in range(3):
                self.send_large(node, "alice@sender.example")
            self.send(node)
            running = node.directory / "running"
            node.cli("spool", "export", "--to", str(running))
            self.assertEqual(len(list(running.glob("*.eml"))), 4)
            self.assertEqual(node.cli("spool", "check", check=False).returncode, 2)
            for _ in range(2):  # what is in the log alone goes to files
                node.stop()
                node.start()
            node.stop()
            self.assertIn("no damage", node.cli("spool", "check").stdout)
            path = next(p for p in (node.data / "spool").glob("*.blob") if p.stat().st_size > 4000)
            octets = path.read_bytes()
            path.write_bytes(octets.replace(b"damage me damage me", b"damaged", 1))
            told = node.cli("spool", "check", check=False)
            self.assertEqual(told.returncode, 1)
            lost = set(re.findall(r"^lost  (\w{26}) ", told.stdout, re.MULTILINE))
            self.assertTrue(lost)
            stopped = node.directory / "stopped"
            self.assertEqual(node.cli("spool", "export", "--to", str(stopped),
                                      check=False).returncode, 1)
            for eml in stopped.glob("*.eml"):
                self.assertEqual(eml.read_bytes(), (running / eml.name).read_bytes())
            self.assertEqual({p.stem for p in stopped.glob("*.json")},
                             {p.stem for p in running.glob("*.json")})
            saved = node.cli("spool", "salvage", check=False)
            self.assertEqual(saved.returncode, 1)
            self.assertEqual(set(re.findall(r"^lost  (\w{26}) ", saved.stdout, re.MULTILINE)), lost)
            report = next((node.data / "spool.losses").glob("salvage-*.accepted")).read_text()
            self.assertEqual(set(re.findall(r"^message (\w{26})", report, re.MULTILINE)), lost)
            self.sink.on_recipient = lambda address, tries: None
            self.sink.forget()
            node.start()
            self.sink.wait_for(4 - len(lost))
            node.wait_empty(20)
            self.assertEqual(node.metric("signpost_spool_unaccounted_messages"), 0)
            node.stop()
            self.assertIn("0 recipients", node.cli("spool", "rebuild").stdout)
            node.start()

    def test_damage_is_found_before_the_message_is_due(self):
        self.sink.on_recipient = lambda address, tries: (
            None if "alice" in address else "450 4.2.0 not yet")
        node = harness.Node(ZONES, {"queue.retry_schedule": ["1h"], "storage.scrub_interval": "1s"},
                            routes=[f"*={self.sink.address}"])
        with node:
            self.send_large(node, "alice@sender.example")
            for _ in range(2):
                node.stop()
                node.start()
            node.stop()
            self.assertTrue(self.damage_bodies(node, b"damage me damage me"))
            node.start()
            report = self.sink.wait_for(1)[0]
            self.assertEqual(report.recipients, ["alice@sender.example"])
            node.wait_empty(20)
            self.assertGreaterEqual(node.metric("signpost_spool_scrub_findings_total"), 1)

    def lose_rows(self, node, family):
        """Removes the sorted files with rows of the family; of a node that does not run."""
        lost = [path for path in (node.data / "spool").glob("*.sst")
                if family in path.read_bytes()]
        self.assertTrue(lost)
        for path in lost:
            path.unlink()

    def test_a_node_whose_schedule_is_lost_starts_and_delivers_all(self):
        with self.make_node() as node:
            self.send(node, 30)
            node.stop()
            node.start()  # what is in the log alone goes to files
            node.stop()
            self.lose_rows(node, b"sched")
            self.sink.on_recipient = lambda address, tries: None
            self.sink.forget()
            node.start()
            harness.wait_until(lambda: node.metric("signpost_spool_damaged_files_total") >= 1)
            self.assertEqual(node.metric("signpost_spool_unaccounted_messages"), 0)
            node.cli("queue", "retry", "--next-hop", "dest.example", check=False)
            self.sink.wait_for(30)
            node.wait_empty(20)

    def test_a_node_whose_recipients_are_lost_starts_and_names_them(self):
        with self.make_node() as node:
            accepted = self.send(node, 30)
            ids = {re.search(r"\b([0-9A-Z]{26})\b", said)[1] for _, said in accepted}
            node.stop()
            node.start()
            node.stop()
            self.lose_rows(node, b"rcpt")
            loss, missing = self.start_incomplete(node)
            self.assertGreater(missing, 0)
            report = (node.data / "spool.losses" / f"{loss}.loss").read_text()
            named = set(re.findall(r"^message (\w{26})", report, re.MULTILINE))
            self.assertEqual(len(named & ids), missing)
            self.assertRegex(report, r"cause \d+\.sst \(rcpt\): all rows")
            self.assertEqual(self.send(node)[0][0], 451)
            node.cli("spool", "accept-loss", loss)
            node.wait_ready()
            self.sink.on_recipient = lambda address, tries: None
            self.assertEqual(self.send(node)[0][0], 250)
            self.sink.wait_for(1 + 30 - missing)
            node.stop()
            self.assertIn("no damage", node.cli("spool", "check").stdout)

    def test_a_spool_that_is_gone_is_told(self):
        with self.make_node() as node:
            self.send(node, 12)
            node.stop()
            shutil.rmtree(node.data / "spool")
            loss, missing = self.start_incomplete(node)
            self.assertEqual(missing, 12)
            self.assertEqual(self.send(node)[0][0], 451)
            node.stop()
            node.settings["storage.accept_loss"] = loss
            node.write_config()
            node.start()
            self.assertEqual(self.send(node)[0][0], 250)

    def spoil(self, node, pattern):
        for path in (node.data / "activity").glob(pattern):
            octets = bytearray(path.read_bytes())
            for at in range(8, len(octets), 64):
                octets[at] ^= 0x5A
            path.write_bytes(octets)

    def test_a_damaged_activity_log_stops_no_mail_and_is_told(self):
        self.sink.on_recipient = lambda address, tries: None
        with self.make_node() as node:
            for round_, pattern in enumerate(["*.log", "MANIFEST-*", "CURRENT", "*.sst"], 1):
                self.assertEqual(self.send(node)[0][0], 250)
                node.wait_empty(20)
                node.stop()
                self.spoil(node, pattern)
                node.start()
                self.assertEqual(self.send(node)[0][0], 250, pattern)
                self.sink.wait_for(2 * round_)
                self.assertEqual(node.metric("signpost_activity_log_well"), 1)
            self.assertIn("event=activity_log.set_aside", node.log_text())
            self.assertTrue(list(node.data.glob("activity.damaged-*")))
            self.assertIn("log     ", node.cli("status").stdout)
            node.stop()
            shutil.rmtree(node.data / "activity")
            node.start()
            self.assertEqual(self.send(node)[0][0], 250)
            node.wait_empty(20)

    def change(self, node, method, path, body):
        connection = http.client.HTTPConnection("node", timeout=30)
        with socket.socket(socket.AF_UNIX) as connection.sock:
            connection.sock.connect(str(node.data / "control.sock"))
            connection.request(method, "/client/v4" + path, json.dumps(body),
                               {"Content-Type": "application/json"})
            answer = connection.getresponse()
            text = answer.read().decode()
        self.assertEqual(answer.status, 200, text)
        return json.loads(text)["result"]

    def rcpt(self, node, recipient):
        with smtplib.SMTP(harness.NODE_IP, node.smtp_port, "client.example", timeout=30) as client:
            client.ehlo()
            client.mail("alice@sender.example")
            return client.rcpt(recipient)[0]

    def test_domains_and_addresses_that_may_be_lost_are_put_off(self):
        with harness.Node(settings={"config.source": "store", "api.listen": []}) as node:
            zone = self.change(node, "POST", "/zones", {"name": "kept.example"})
            self.change(node, "POST", f"/zones/{zone['id']}/email/routing/enable", {})
            for n in range(30):
                self.change(node, "POST", "/zones", {"name": f"z{n:02}.example"})
            self.assertEqual(self.rcpt(node, "info@kept.example"), 550)
            self.assertEqual(self.rcpt(node, "info@z99.example"), 550)
            node.kill()
            self.flip(sorted((node.data / "config").glob("*.log"), reverse=True), b"z20.example")
            node.start(wait=False)
            harness.wait_until(lambda: "changes missing" in self.reasons(node), what="a loss is told")
            self.assertEqual(self.rcpt(node, "info@z29.example"), 451)
            self.assertEqual(self.rcpt(node, "info@z99.example"), 451)
            self.assertEqual(self.rcpt(node, "info@kept.example"), 451)
            self.assertEqual(node.metric("signpost_config_doubtful"), 1)
            loss = re.search(r"accept-loss (loss-\w+)", self.reasons(node))[1]
            node.cli("spool", "accept-loss", loss)
            node.wait_ready()
            harness.wait_until(lambda: node.metric("signpost_config_doubtful") == 0, 10)
            self.assertEqual(self.rcpt(node, "info@z99.example"), 550)
            self.assertEqual(self.rcpt(node, "info@kept.example"), 550)


if __name__ == "__main__":
    harness.main()
