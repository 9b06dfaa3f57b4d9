#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
"""Destinations that say nothing, or a little for ever: healthy ones do not notice."""
import json
import smtplib
import socket
import sys
import threading
import time
import unittest

import harness
from mail_sink import MailSink

HUNG = 10
ZONES = [{"name": "zone.example", "rules": [
    harness.rule("info", "u@dest.example"), harness.rule("tarpit", "u@tarpit.example"),
    *(harness.rule(f"hung{n}", f"u@hung{n}.example") for n in range(HUNG))]}]
LETTER = "From: alice@sender.example\r\nSubject: x\r\n\r\nx\r\n"


def send(node, user):
    with smtplib.SMTP(harness.NODE_IP, node.smtp_port, "client.example", timeout=20) as client:
        client.sendmail("alice@sender.example", [f"{user}@zone.example"], LETTER)


class SilentSink:
    """Takes connections; `drip` is said octet by octet."""

    def __init__(self, drip=b""):
        self.drip, self.clients, self.open = drip, [], True
        self.listener = socket.create_server((harness.SINK_IP, 0), backlog=500)
        self.address = "%s:%d" % self.listener.getsockname()
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.hang_up()

    def hang_up(self):
        """Ends what runs, and lets nothing begin instead: a node that stops waits for it."""
        if self.open:
            self.open = False
            self.listener.close()
            for client in self.clients:
                client.close()

    def _accept(self):
        while self.open:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            self.clients.append(client)
            if self.drip:
                threading.Thread(target=self._drip, args=(client,), daemon=True).start()

    def _drip(self, client):
        try:
            for octet in self.drip * 1000:
                client.sendall(bytes([octet]))
                time.sleep(0.2)
        except OSError:
            pass


class Hung(unittest.TestCase):
    def setUp(self):
        harness.require()
        self.healthy = self.enterContext(MailSink())

    def node(self, silent, tarpit=None, settings=None):
        routes = [f"hung{n}.example={silent.address}" for n in range(HUNG)]
        routes += [f"dest.example={self.healthy.address}"]
        routes += [f"tarpit.example={tarpit.address}"] if tarpit else []
        return harness.Node(ZONES, {"log.level": "info", **(settings or {})}, routes=routes)

    def latencies(self, node, count=60):
        taken = []
        for _ in range(count):
            before = len(self.healthy.messages)
            began = time.monotonic()
            send(node, "info")
            harness.wait_until(lambda b=before: len(self.healthy.messages) > b, 10, 0.002)
            taken.append(time.monotonic() - began)
        return sorted(taken)

    def test_ten_hung_sites_cost_the_others_nothing(self):
        silent = self.enterContext(SilentSink())
        settings = {"queue.active_max": 1000, "queue.active_per_next_hop_max": 500,
                    "delivery.connections_max": 40}
        with self.node(silent, settings=settings) as node:
            quiet = self.latencies(node)
            for n in range(HUNG):
                harness.run_load(node.smtp_address, "--count", "200", "--sessions", "10", "--size",
                                 "500", "--to", f"hung{n}@zone.example", "--to-count", "1",
                                 build=node.build)
            loaded = self.latencies(node)
            self.assertLessEqual(loaded[-2], max(2 * quiet[-2], 0.1), (quiet, loaded))
            # Once it is known that they hang, they take next to nothing.
            harness.wait_until(lambda: node.metric("signpost_queue_recipients", state="active")
                               <= 25 * HUNG, 40, 0.2, "their mail is left in the spool")
            self.assertEqual(node.queued(), 200 * HUNG)
            print(f"p98 quiet {quiet[-2] * 1e3:.1f} ms, beside hung sites {loaded[-2] * 1e3:.1f} ms",
                  file=sys.stderr)
            silent.hang_up()

    def test_a_tarpit_is_given_up_and_obeys_the_operator(self):
        tarpit = self.enterContext(SilentSink(b"220-welcome \r\n"))
        settings = {"delivery.greeting_timeout": "3s", "queue.retry_schedule": ["1h"]}
        with self.node(tarpit, tarpit, settings) as node:
            send(node, "tarpit")
            harness.wait_until(lambda: "delivery.deferred" in node.log_text(), 15,
                               what="the greeting takes too long")
        settings["delivery.greeting_timeout"] = "1h"
        with self.node(tarpit, tarpit, settings) as node:
            began = len(tarpit.clients)
            send(node, "tarpit")
            harness.wait_until(lambda: len(tarpit.clients) > began, 10, what="it is being tried")
            queued = json.loads(node.cli("queue", "list", "--json").stdout)
            node.cli("queue", "remove", queued[0]["queue_id"])
            harness.wait_until(lambda: node.queued() == 0, 5, what="it is removed")


if __name__ == "__main__":
    harness.main()
