#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
"""The mail hosts at which the mail of crash-test and soak arrives, and its senders' own host.

One process, a listener for each domain. What arrives is compared with what was sent, and a line
stands in the ledger before it is answered with 250:

    D NUMBER RECIPIENT      delivered, as it was sent
    C NUMBER RECIPIENT      delivered with another content
    B NUMBER RECIPIENT      a report to the sender: not delivered
    U - TEXT                something else
"""
import argparse
import asyncio
import os
import random
import re
import signal
import sys

import mailbag

EXTENSIONS = ("PIPELINING", "SIZE 50000000", "8BITMIME", "ENHANCEDSTATUSCODES", "SMTPUTF8")


class Hosts:
    def __init__(self, options):
        self.options = options
        self.random = random.Random(options.seed)
        self.ledger = os.open(options.ledger, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self.seen = set()  # what grey.example has deferred already

    def note(self, lines):
        os.write(self.ledger, "".join(f"{line}\n" for line in lines).encode())

    def judge_recipient(self, domain, number, address):
        """A reply that refuses, or None."""
        if domain == mailbag.GREY and (number, address) not in self.seen:
            self.seen.add((number, address))
            return "451 4.7.1 come back later"
        if domain == mailbag.MIXED and mailbag.is_refused(address):
            return "550 5.1.1 no such user"
        if domain != mailbag.SENDERS and self.random.random() < self.options.defer_rate:
            return "451 4.2.1 not now"
        return None

    def take(self, domain, recipients, data):
        if domain == mailbag.SENDERS:
            return self.take_report(recipients, data)
        number, same = mailbag.is_as_sent(self.options.content_seed, self.options.size, data)
        if number is None:
            return self.note([f"U - no number at {domain}"])
        return self.note([f"{'D' if same else 'C'} {number} {address}" for address in recipients])

    def take_report(self, recipients, data):
        """RFC 3464: a group of fields for each recipient."""
        text = data.decode("ascii", "replace")
        number = mailbag.number_of_sender(recipients[0])
        failed = [group for group in re.split(r"\r\n\r\n", text)
                  if re.search(r"^Action: failed", group, re.M | re.I)]
        found = [re.search(r"^(?:Original|Final)-Recipient: rfc822; ?([^\s;]+)", group, re.M | re.I)
                 for group in failed]
        lines = [f"B {number} {one.group(1).strip('<>').lower()}" for one in found if one]
        self.note(lines or [f"U - a letter to {recipients[0]}"])


class Session:
    """One client's connection (RFC 5321)."""

    def __init__(self, hosts, domain, reader, writer):
        self.hosts, self.domain, self.reader, self.writer = hosts, domain, reader, writer
        self.number, self.recipients = None, []

    def say(self, text):
        self.writer.write(text.encode() + b"\r\n")

    async def run(self):
        self.say(f"220 {self.domain} ESMTP")
        while True:
            line = await self.reader.readline()
            if not line.endswith(b"\n") or not await self.command(line.decode("utf-8", "replace")):
                break
        await self.writer.drain()

    async def command(self, line):
        verb = line[:4].upper().strip()
        address = re.search(r"<([^>]*)>", line)
        address = address.group(1).lower() if address else ""
        if verb in ("EHLO", "HELO"):
            lines = [self.domain, *EXTENSIONS] if verb == "EHLO" else [self.domain]
            for n, text in enumerate(lines):
                self.say(f"250{' ' if n + 1 == len(lines) else '-'}{text}")
        elif verb == "MAIL":
            self.number, self.recipients = mailbag.number_of_sender(address), []
            self.say("250 2.1.0 ok")
        elif verb == "RCPT":
            reply = self.hosts.judge_recipient(self.domain, self.number, address)
            if not reply:
                self.recipients.append(address)
            self.say(reply or "250 2.1.5 ok")
        elif verb == "DATA":
            await self.data()
        elif verb == "QUIT":
            self.say("221 2.0.0 bye")
            return False
        elif verb in ("RSET", "NOOP"):
            self.recipients = []
            self.say("250 2.0.0 ok")
        else:
            self.say("502 5.5.1 not known")
        # A pipelined command that is here already is answered in the same packet.
        return True

    async def data(self):
        if not self.recipients:
            return self.say("554 5.5.1 no recipients")
        self.say("354 go")
        lines = []
        while (line := await self.reader.readline()) != b".\r\n":
            if not line.endswith(b"\n"):
                raise ConnectionError("cut off")
            lines.append(line[1:] if line.startswith(b".") else line)
        if mailbag.is_refused_late(self.recipients, self.domain):
            return self.say("554 5.6.0 not this message")
        if self.hosts.options.delay_ms:
            await asyncio.sleep(self.hosts.options.delay_ms / 1000)
        self.hosts.take(self.domain, self.recipients, b"".join(lines))
        return self.say("250 2.0.0 taken")


async def serve(options):
    hosts = Hosts(options)

    def handler(domain):
        async def handle(reader, writer):
            try:
                await Session(hosts, domain, reader, writer).run()
            except (OSError, ValueError, asyncio.IncompleteReadError):
                pass
            finally:
                writer.close()
        return handle

    for domain in (*mailbag.DOMAINS, mailbag.SENDERS):
        server = await asyncio.start_server(handler(domain), options.ip, 0, backlog=512,
                                            limit=1 << 20)
        ip, port = server.sockets[0].getsockname()[:2]
        print(f"{domain}={ip}:{port}", flush=True)
    print("listening", flush=True)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await stop.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ledger", required=True)
    parser.add_argument("--ip", default="127.0.0.2")
    parser.add_argument("--content-seed", required=True)
    parser.add_argument("--size", type=int, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--defer-rate", type=float, default=0.02)
    parser.add_argument("--delay-ms", type=int, default=0)
    asyncio.run(serve(parser.parse_args()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
