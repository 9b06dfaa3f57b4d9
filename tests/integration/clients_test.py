#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
"""What one client may do to a node with several loops, and what others notice of it."""
import contextlib
import re
import socket
import time
import unittest

import harness

RULES = [harness.rule("info", "info@dest.example")]
ZONES = [{"name": "zone.example", "rules": RULES}]
SETTINGS = {"node.loops": 4, "log.level": "info"}


class Client:
    """A connection from an address of our choice; what it says and hears, byte by byte."""

    def __init__(self, node, source="127.0.0.9", hello=False):
        self.socket = socket.create_connection(
            (harness.NODE_IP, node.smtp_port), timeout=20, source_address=(source, 0))
        self.file = self.socket.makefile("rb")
        self.greeting = ""
        if hello:
            self.greeting = self.reply()
            self.say("EHLO client.example")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.file.close()
        self.socket.close()

    def reply(self):
        """One reply; empty at the end of the connection."""
        lines = []
        with contextlib.suppress(ConnectionError):
            while True:
                line = self.file.readline().decode()
                if not line:
                    break
                lines.append(line)
                if line[3:4] != "-":
                    break
        return "".join(lines)

    def say(self, line):
        with contextlib.suppress(ConnectionError):
            self.socket.sendall(line.encode() + b"\r\n")
        return self.reply()


def hand_over(node, source):
    """One message; its last reply and how long all took."""
    begin = time.monotonic()
    with Client(node, source, hello=True) as client:
        client.say("MAIL FROM:<alice@sender.example>")
        client.say("RCPT TO:<info@zone.example>")
        client.say("DATA")
        answer = client.say("From: alice@sender.example\r\nSubject: x\r\n\r\nx\r\n.")
    return answer, time.monotonic() - begin


class Limits(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        harness.require()

    def node(self, **settings):
        return harness.Node(ZONES, {**SETTINGS, **settings}, routes=["*=127.0.0.2:1"])

    def test_sessions_of_one_address_are_counted_over_all_loops(self):
        with self.node() as node, contextlib.ExitStack() as open_ones:
            clients = [open_ones.enter_context(Client(node)) for _ in range(120)]
            codes = [client.reply()[:3] for client in clients]
            self.assertEqual(codes.count("220"), 50)
            self.assertEqual(codes.count("421"), 70)
            self.assertEqual(node.metric("signpost_smtp_open_sessions"), 50)
            self.assertIn("250", hand_over(node, "127.0.0.10")[0])

    def test_a_dictionary_attack_is_slowed_down_and_paused_and_others_are_served(self):
        settings = {"smtp.client_errors_per_minute": 60, "smtp.client_reply_delay_max": "200ms"}
        with self.node(**settings) as node:
            refused, last = 0, ""
            deadline = time.monotonic() + 60
            while not last.startswith("421") and time.monotonic() < deadline:
                with Client(node, hello=True) as client:
                    last = client.greeting
                    client.say("MAIL FROM:<alice@sender.example>")
                    client.say("RCPT TO:<info@zone.example>")
                    for n in range(15):
                        answer = client.say(f"RCPT TO:<guess{refused}x{n}@zone.example>")
                        refused += answer.startswith("550")
            self.assertIn("too many errors", last)
            self.assertLessEqual(refused, 75)
            answer, seconds = hand_over(node, "127.0.0.10")
            self.assertIn("250 2.0.0", answer)
            self.assertLess(seconds, 5)
            harness.wait_until(lambda: "event=client.paused" in node.log_text(), 5)
            self.assertEqual(node.metric("signpost_smtp_client_pauses_total"), 1)

    def test_a_flood_writes_few_lines_and_its_size_is_told(self):
        settings = {"smtp.client_errors_per_minute": 0, "smtp.recipients_max": 100_000,
                    "smtp.client_log_lines_per_second": 2, "smtp.client_events_per_second": 2}
        with self.node(**settings) as node:
            with Client(node, hello=True) as client:
                client.say("MAIL FROM:<alice@sender.example>")
                client.say("RCPT TO:<info@zone.example>")
                for _ in range(40):
                    client.socket.sendall(b"RCPT TO:<nobody@zone.example>\r\n" * 100)
                    for _ in range(100):
                        self.assertIn("550", client.reply())

            def told():
                return sum(int(n) for n in re.findall(
                    r"event=log.suppressed suppressed=recipient.refused .*?lines=(\d+)",
                    node.log_text()))
            written = len(re.findall("event=recipient.refused", node.log_text()))
            self.assertLess(written, 100)
            harness.wait_until(lambda: told() + written == 4000, 30)
            self.assertGreater(node.metric("signpost_smtp_suppressed_records_total", kind="line"),
                               3800)

    def test_what_was_not_written_is_told_when_the_node_stops(self):
        settings = {"smtp.client_log_lines_per_second": 1}
        with self.node(**settings) as node:
            with Client(node, hello=True) as client:
                client.say("MAIL FROM:<alice@sender.example>")
                client.say("RCPT TO:<info@zone.example>")
                for _ in range(30):
                    client.say("RCPT TO:<nobody@zone.example>")
            node.stop()
            self.assertRegex(node.log_text(),
                             "event=log.suppressed suppressed=recipient.refused .*lines=20")

    def test_bad_manners(self):
        with self.node() as node:
            with Client(node) as client:
                self.assertIn("554 5.5.0", client.say("EHLO client.example"))
            with Client(node, hello=True) as client:
                self.assertIn("550 5.7.1", client.say("EHLO mx.test.example"))
                self.assertIn("501 5.5.4", client.say("EHLO 127.0.0.1"))
            with Client(node) as client:
                client.reply()
                self.assertIn("554 5.5.0", client.say("EHLO client.example\r\nNOOP"))
                self.assertEqual(client.reply(), "")
            with Client(node, hello=True) as client:
                client.say("MAIL FROM:<alice@sender.example>")
                client.say("RCPT TO:<info@zone.example>")
                client.say("DATA")
                answer = client.say("x\r\r\n.\r\nMAIL FROM:<evil@sender.example>")
                self.assertIn("550 5.6.0", answer)
                self.assertEqual(client.reply(), "")

    def test_a_setting_that_is_no_network_is_refused_at_the_start(self):
        node = self.node(**{"smtp.unlimited_clients": ["10.0.0.0/33"]})
        node.start(wait=False)
        harness.wait_until(lambda: not node.process.running(), 20)
        self.assertIn("smtp.unlimited_clients: '10.0.0.0/33'", node.log_text())
        node.stop()


if __name__ == "__main__":
    harness.main()
