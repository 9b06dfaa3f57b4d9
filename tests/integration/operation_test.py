#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
"""What an operator does with a node: reload, stop, look, repair."""
import re
import smtplib
import socket
import subprocess
import unittest

import harness
from mail_sink import MailSink

MESSAGE = b"From: alice@sender.example\r\nSubject: hello\r\n\r\nbody\r\n"


def zone(*users):
    return [{"name": "zone.example",
             "rules": [harness.rule(user, f"{user}@dest.example") for user in users]}]


def send(node, recipient, sender="alice@sender.example"):
    with smtplib.SMTP(harness.NODE_IP, node.smtp_port, "client.example", timeout=20) as client:
        client.sendmail(sender, [recipient], MESSAGE)


def accepts(node, recipient):
    with smtplib.SMTP(harness.NODE_IP, node.smtp_port, "client.example", timeout=20) as client:
        client.ehlo()
        client.mail("alice@sender.example")
        return client.rcpt(recipient)[0] == 250


class Life(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        harness.require()

    def test_a_reload_brings_new_zones_and_keeps_sessions(self):
        with harness.Node(zone("info")) as node:
            session = smtplib.SMTP(harness.NODE_IP, node.smtp_port, timeout=20)
            session.ehlo()
            self.assertFalse(accepts(node, "new@zone.example"))
            node.write_zones(zone("info", "new"))
            node.reload()
            harness.wait_until(lambda: accepts(node, "new@zone.example"), 10)
            self.assertEqual(session.noop()[0], 250)
            session.quit()

    def test_a_broken_zones_file_leaves_the_old_zones_in_force(self):
        with harness.Node(zone("info")) as node:
            node.zones_file.write_text("zones:\n  - name: [\n")
            node.reload()
            harness.wait_until(lambda: "zones.yaml" in node.log_text(), 10)
            self.assertTrue(accepts(node, "info@zone.example"))

    def test_sigterm_ends_idle_sessions_with_421_and_the_node_with_0(self):
        with harness.Node(zone("info")) as node:
            session = socket.create_connection((harness.NODE_IP, node.smtp_port), 20)
            session.settimeout(20)
            stream = session.makefile("rb")
            self.assertTrue(stream.readline().startswith(b"220"))
            self.assertEqual(node.stop(), 0)
            # RFC 5321 §3.8
            self.assertTrue(stream.readline().startswith(b"421"))
            session.close()

    def test_health_pages_answer(self):
        with harness.Node(zone("info")) as node:
            self.assertEqual(node.http("/livez")[0], 200)
            self.assertEqual(node.http("/readyz")[0], 200)
            self.assertIn("signpost_build_info", node.http("/metrics")[1])

    def test_metrics_count_what_happened(self):
        with MailSink() as sink, harness.Node(
                zone("info"), routes=[f"dest.example={sink.address}"]) as node:
            send(node, "info@zone.example")
            sink.wait_for(1)
            node.wait_empty()
            self.assertEqual(node.metric("signpost_smtp_messages_accepted_total"), 1)
            self.assertEqual(node.metric("signpost_queue_outcomes_total", outcome="delivered"), 1)
            self.assertEqual(node.metric("signpost_delivery_latency_seconds_count"), 1)


class Mistakes(unittest.TestCase):
    """A wrong configuration ends the start with a sentence that says what and where."""

    @classmethod
    def setUpClass(cls):
        harness.require()

    def refused(self, settings=None, zones_text=None):
        with harness.temporary_directory() as directory:
            node = harness.Node(zone("info"), settings, directory / "node")
            if zones_text is not None:
                node.zones_file.write_text(zones_text)
            done = subprocess.run(
                [node.build.program("signpostd"), "--config", str(node.config)],
                capture_output=True, text=True, timeout=30, check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertGreater(done.returncode, 0, "it must not die of a signal")
        return done.stdout + done.stderr

    def test_an_unknown_setting_names_the_nearest_known_one(self):
        self.assertIn("log.level", self.refused({"log.levle": "info"}))

    def test_a_wrong_value_names_its_setting(self):
        self.assertIn("queue.lifetime", self.refused({"queue.lifetime": "soon"}))

    def test_a_zones_file_with_a_mistake_is_named(self):
        self.assertIn("zones.yaml", self.refused(zones_text="zones: [\n"))

    def test_a_zone_that_stands_twice_is_named(self):
        text = harness.to_yaml({"zones": zone("a") + zone("b")})
        self.assertIn("zone.example", self.refused(zones_text=text))

    def test_a_port_in_use_is_named(self):
        with socket.create_server((harness.NODE_IP, 0)) as taken:
            address = f"{harness.NODE_IP}:{taken.getsockname()[1]}"
            self.assertIn(address, self.refused({"smtp.listen": [address]}))


class CommandLine(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        harness.require()
        if not harness.Build().has("signpost"):
            raise unittest.SkipTest("the signpost command line is not built")
        cls.sink = cls.enterClassContext(MailSink())
        cls.node = cls.enterClassContext(harness.Node(
            zone("info", "second"), {"queue.retry_schedule": ["1h"]},
            routes=[f"dest.example={cls.sink.address}"]))

    def setUp(self):
        self.sink.forget()
        self.sink.on_recipient = lambda address, tries: None

    def queue_one(self):
        """A message that was tried once and waits; its id."""
        self.sink.on_recipient = lambda address, tries: "451 4.2.0 not now"
        send(self.node, "info@zone.example")
        harness.wait_until(lambda: self.sink.tries.get("info@dest.example"), 20)
        listed = harness.wait_until(
            lambda: self.node.cli("queue", "list").stdout if self.node.queued() else "", 20)
        return re.search(r"^(\S+).*info@", listed, re.M).group(1)

    def remove_all(self, queue_id):
        self.node.cli("queue", "remove", queue_id)
        self.node.wait_empty(20)

    def test_the_queue_is_listed_and_shown(self):
        queue_id = self.queue_one()
        shown = self.node.cli("queue", "show", queue_id).stdout
        for expected in ("alice@sender.example", "info@dest.example", "451"):
            self.assertIn(expected, shown)
        self.remove_all(queue_id)

    def test_a_retry_delivers_at_once(self):
        queue_id = self.queue_one()
        self.sink.on_recipient = lambda address, tries: None
        self.node.cli("queue", "retry", queue_id)
        self.assertTrue(self.sink.wait_for(1)[0].data.endswith(MESSAGE))
        self.node.wait_empty(20)

    def test_a_removed_message_is_gone(self):
        self.remove_all(self.queue_one())
        self.assertEqual(self.sink.messages, [])

    def test_an_unknown_id_is_an_error(self):
        done = self.node.cli("queue", "show", "nosuchid", check=False)
        self.assertNotEqual(done.returncode, 0)

    def test_rules_test_says_where_mail_goes(self):
        self.assertIn("info@dest.example",
                      self.node.cli("rules", "test", "info@zone.example").stdout)
        self.assertIn("5.1.1",
                      self.node.cli("rules", "test", "nobody@zone.example", check=False).stdout)

    def test_config_check_finds_mistakes_without_starting_anything(self):
        self.node.cli("config", "check")
        with harness.temporary_directory() as directory:
            other = harness.Node(zone("info"), {"log.levle": "info"}, directory / "node")
            done = other.cli("config", "check", check=False)
            self.assertNotEqual(done.returncode, 0)
            self.assertIn("log.level", done.stdout + done.stderr)


if __name__ == "__main__":
    harness.main()
