#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
"""Destinations that take nothing, or too slowly, cost nobody else anything."""
import contextlib
import re
import smtplib
import socket
import threading
import time
import unittest

import harness
from mail_sink import MailSink

MIB = 1 << 20
ZONES = [{"name": "zone.example", "rules": [
    harness.rule("stalled", "u@stalled.example"), harness.rule("info", "u@dest.example"),
    harness.rule("both", "u@stalled.example", "u@dest.example")]}]
LINE = b"0123456789 abcdefghijklmnopqrstuvwxyz .dots and  blanks \r\n.\r\n"


def letter(octets, subject=b"large"):
    head = b"From: alice@sender.example\r\nSubject: " + subject + b"\r\n\r\n"
    return head + LINE * (octets // len(LINE))


class StalledSink:
    """Says yes to everything up to DATA, and then reads `octets_per_second` of the message."""

    def __init__(self, octets_per_second=0):
        self.rate = octets_per_second
        self.transfers, self.clients = 0, []
        self.listener = socket.create_server((harness.SINK_IP, 0), backlog=50)
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16 * 1024)
        self.address = "%s:%d" % self.listener.getsockname()
        self.open = True
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.open = False
        self.listener.close()

    def hang_up(self):
        """Ends what runs, and lets nothing begin instead: a node that stops waits for it."""
        self.open = False
        self.listener.shutdown(socket.SHUT_RDWR)
        for client in self.clients:
            with contextlib.suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)

    def _accept(self):
        while self.open:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            self.clients.append(client)
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        with client:
            client.sendall(b"220 stalled.example ESMTP\r\n")
            heard = b""
            while b"DATA\r\n" not in heard:
                got = client.recv(1000)
                if not got:
                    return
                heard += got
                lines = got.count(b"\r\n") - got.count(b"DATA\r\n")
                client.sendall(b"250 ok\r\n" * lines)
            client.sendall(b"354 go on\r\n")
            self.transfers += 1
            while self.open and client.fileno() >= 0:
                time.sleep(0.1)
                if self.rate and not client.recv(max(self.rate // 10, 1)):
                    return


class Stalled(unittest.TestCase):
    def setUp(self):
        harness.require()
        self.healthy = self.enterContext(MailSink())

    def make_node(self, stalled, settings=None):
        return harness.Node(ZONES, settings, routes=[f"stalled.example={stalled.address}",
                                                     f"dest.example={self.healthy.address}"])

    def client(self, node):
        client = smtplib.SMTP(harness.NODE_IP, node.smtp_port, "client.example", timeout=60)
        self.addCleanup(client.close)
        return client

    def test_eight_large_messages_to_one_keep_nobody_from_sending(self):
        stalled = self.enterContext(StalledSink())
        with self.make_node(stalled) as node:
            before = node.process.memory_kib()
            client = self.client(node)
            for _ in range(8):
                client.sendmail("alice@sender.example", ["stalled@zone.example"], letter(24 * MIB))
            harness.wait_until(lambda: stalled.transfers >= 5, 30, what="transfers stall")
            harness.wait_until(lambda: node.metric("signpost_memory_budget_used_bytes") < MIB, 10,
                               what="what is durable is not held as coming in")
            self.assertLess(node.metric("signpost_queue_memory_used_bytes"), 8 * MIB)
            others = self.client(node)
            began = time.monotonic()
            for _ in range(20):
                others.sendmail("bob@sender.example", ["info@zone.example"], letter(2000, b"small"))
            others.sendmail("bob@sender.example", ["info@zone.example"], letter(20 * MIB))
            messages = self.healthy.wait_for(21, 30)
            self.assertLess(time.monotonic() - began, 30)
            self.assertEqual(node.http("/readyz")[0], 200)
            # The sink has a message before the node knows that, and writes it down.
            harness.wait_until(lambda: node.queued() == 8, 10, what="only what stalls is queued")
            large = max((m.data for m in messages), key=len)
            self.assertTrue(large.endswith(letter(20 * MIB)))
            # What commits and their write buffers take is there; eight messages are not.
            self.assertLess(node.process.memory_kib() - before, 8 * 24 * 1024)
            stalled.hang_up()

    def test_a_large_message_for_both_arrives_where_it_is_taken(self):
        stalled = self.enterContext(StalledSink())
        with self.make_node(stalled) as node:
            text = letter(5 * MIB)
            self.client(node).sendmail("alice@sender.example", ["both@zone.example"], text)
            got = self.healthy.wait_for(1, 30)[0].data
            self.assertTrue(got.endswith(text))
            self.assertEqual(got.count(b"\r\nSubject: "), 1)
            stalled.hang_up()

    def test_a_transfer_that_is_too_slow_is_broken_off(self):
        # Each block is taken well before its time-out: only the rate tells.
        stalled = self.enterContext(StalledSink(octets_per_second=200_000))
        settings = {"delivery.data_block_timeout": "2s", "delivery.data_rate_min": "4MiB",
                    "queue.retry_schedule": ["1h"]}
        with self.make_node(stalled, settings) as node:
            self.client(node).sendmail("alice@sender.example", ["stalled@zone.example"],
                                       letter(24 * MIB))
            harness.wait_until(lambda: re.search(r"delivery\.deferred.*stalled\.example",
                                                 node.log_text()), 30, what="the transfer ends")
            harness.wait_until(lambda: node.metric("signpost_queue_memory_used_bytes") == 0, 10,
                               what="its memory is free")
            self.assertEqual(node.queued(), 1)


if __name__ == "__main__":
    harness.main()
