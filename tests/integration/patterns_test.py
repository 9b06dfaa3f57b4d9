#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
"""One zone's costly patterns are that zone's matter: nobody else waits for them."""
import smtplib
import socket
import threading
import time
import unittest

import harness

# The limit of one zone's patterns is 50,000 steps an octet; each of these takes about 350.
PATTERNS = 130
FLOODERS = 6
SECONDS = 6
# Generous: the machine may be busy with other tests. Before, a stranger waited for minutes.
GREETING_P99 = 2.0


def heavy_zone():
    rules = [{"regex": rf".*a.{{40}}{n}@heavy\.example", "drop": True} for n in range(PATTERNS)]
    rules.append({"regex": r"wanted-.*@heavy\.example", "forward": ["wanted@dest.example"]})
    return {"name": "heavy.example", "rules": rules}


def letters(seed):
    """64 letters that no state of the automaton has seen."""
    value = seed * 2654435761 + 12345
    return "".join("ab"[value >> (n % 48) & 1] for n in range(57)) + f"{seed % 10**7:07d}"


class Flood:
    """Sessions that ask for recipients of the heavy zone as fast as they are answered."""

    def __init__(self, node, seconds):
        self.node, self.end = node, time.monotonic() + seconds
        self.codes = {}
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self.run, args=(n,)) for n in range(FLOODERS)]
        for thread in self.threads:
            thread.start()

    def run(self, number):
        seed = number * 10**6
        while time.monotonic() < self.end:
            try:
                client = smtplib.SMTP(harness.NODE_IP, self.node.smtp_port, "client.example",
                                      timeout=30)
                client.ehlo()
                client.mail("alice@sender.example")
                for _ in range(15):
                    seed += 1
                    code, _ = client.rcpt(f"{letters(seed)}@heavy.example")
                    with self.lock:
                        self.codes[code] = self.codes.get(code, 0) + 1
                    if time.monotonic() > self.end:
                        break
                client.close()
            except (smtplib.SMTPException, OSError):
                time.sleep(0.05)

    def wait(self):
        for thread in self.threads:
            thread.join()


class Patterns(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        harness.require()

    def greeting_time(self, node):
        begin = time.monotonic()
        with socket.create_connection((harness.NODE_IP, node.smtp_port), 30) as s:
            s.settimeout(30)
            s.recv(1000)
            s.sendall(b"EHLO stranger.example\r\n")
            self.assertTrue(s.recv(1000).startswith(b"250"))
            return time.monotonic() - begin

    def test_strangers_do_not_wait_for_a_zone_with_costly_patterns(self):
        zones = [heavy_zone(), {"name": "zone.example", "rules": [
            harness.rule("info", "info@dest.example")]}]
        # The flood is the zone's, not the client's: limits of clients are another matter.
        with harness.Node(zones) as node:
            flood = Flood(node, SECONDS)
            times, accepted = [], 0
            while time.monotonic() < flood.end:
                times.append(self.greeting_time(node))
                client = smtplib.SMTP(harness.NODE_IP, node.smtp_port, "client.example",
                                      timeout=30)
                client.ehlo()
                client.mail("alice@sender.example")
                self.assertEqual(client.rcpt("info@zone.example")[0], 250)
                accepted += 1
                client.close()
                time.sleep(0.02)
            flood.wait()
            times.sort()
            self.assertGreater(len(times), 20)
            self.assertLess(times[int(len(times) * 0.99) - 1], GREETING_P99, times[-5:])
            self.assertGreater(accepted, 20)
            self.assertTrue(set(flood.codes) <= {550, 451, 250, 421, 450, 452}, flood.codes)
            self.assertGreater(sum(flood.codes.values()), 50, flood.codes)
            self.assertGreater(node.metric("signpost_routing_decisions_total", result="decided"), 50)

    def test_mail_by_a_costly_pattern_comes_through(self):
        from mail_sink import MailSink
        with MailSink() as sink, harness.Node(
                [heavy_zone()], routes=[f"*={sink.address}"]) as node:
            client = smtplib.SMTP(harness.NODE_IP, node.smtp_port, "client.example", timeout=30)
            client.sendmail("alice@sender.example", ["wanted-1@heavy.example"],
                            b"From: alice@sender.example\r\nSubject: x\r\n\r\nx\r\n")
            client.close()
            self.assertEqual(sink.wait_for(1)[0].recipients, ["wanted@dest.example"])

    def test_patterns_over_the_limit_are_refused_with_their_line(self):
        zone = heavy_zone()
        zone["rules"] = [{"regex": rf".*a.{{40}}{n}@heavy\.example", "drop": True}
                         for n in range(1000)]
        with harness.temporary_directory() as directory:
            node = harness.Node([zone], directory=directory / "node")
            done = node.cli("config", "check", check=False)
            self.assertNotEqual(done.returncode, 0)
            self.assertRegex(done.stdout + done.stderr,
                             r"zones\.yaml:\d+:\d+: with '\.\*a\.\{40\}\d+@heavy.*more than 50000")


if __name__ == "__main__":
    harness.main()
