# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
"""A node with DKIM keys for itself and its zone, a DNS that has them, and a sink behind.

The test must have called harness.use_python_with("dkim", ...) before it imports this module.
"""
import json
import smtplib

import harness
from dns_server import DnsServer
from mail_sink import MailSink

SERVICE, ZONE = "service.example", "zone.example"


class Place:
    """dns, node, sink and origin (where reports go); `start` them in a test's context."""

    def __init__(self, records, zones=None, settings=None, senders=("sender.example",), keys=True,
                 dns=None):
        self.dns = dns or DnsServer(records)
        self.sink, self.origin = MailSink(), MailSink()
        self.node = harness.Node(
            zones or [{"name": ZONE, "rules": [harness.rule("info", "info@dest.example")]}],
            {"dns.forwarders": [self.dns.forwarder], "signing.domain": SERVICE,
             "queue.retry_schedule": ["1s"], **(settings or {})},
            routes=[f"dest.example={self.sink.address}",
                    *(f"{name}={self.origin.address}" for name in senders)])
        if keys:
            for domain in (SERVICE, ZONE):
                for kind in ("rsa", "ed25519"):
                    self.node.cli("dkim", "keygen", domain, "--type", kind, "--now")
            self.publish()

    def keys(self, domain=None):
        """What `signpost dkim show` says."""
        return json.loads(self.node.cli("dkim", "show", *([domain] if domain else []),
                                        "--json").stdout)

    def publish(self):
        """Puts the records of all our keys into the DNS."""
        for key in self.keys():
            self.dns.table[(key["name"], "TXT")] = [key["value"]]

    def start(self, enter):
        for part in (self.dns, self.sink, self.origin, self.node):
            enter(part)
        return self

    def client(self, helo="client.sender.example"):
        client = smtplib.SMTP(harness.NODE_IP, self.node.smtp_port, helo, timeout=30)
        client.command_encoding = "utf-8"
        client.ehlo()
        return client

    def offer(self, message, recipient="info@zone.example", sender="alice@sender.example",
              options=(), helo="client.sender.example"):
        """(code, text) of the reply to the whole message."""
        with self.client(helo) as client:
            code, text = client.mail(sender, list(options))
            if code == 250:
                code, text = client.rcpt(recipient)
            if code == 250:
                client.docmd("DATA")
                # smtplib would turn a bare CR into CRLF.
                client.send(message.replace(b"\r\n.", b"\r\n..") + b".\r\n")
                code, text = client.getreply()
            return code, text.decode()

    def forward(self, message, **how):
        """The message as it arrives at the sink."""
        self.sink.forget()
        code, text = self.offer(message, **how)
        if code != 250:
            raise AssertionError(f"refused: {code} {text}")
        return self.sink.wait_for(1)[0].data
