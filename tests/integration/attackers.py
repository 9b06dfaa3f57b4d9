#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
"""Hostile clients for tools/attack: each runs in a process of its own, bounded in time and count.

    attackers.py NAME JSON      prints one JSON object with what it did and what it got

Those that hold connections say `holding` once they have them.

They speak to loopback addresses alone, from addresses of 127.66.0.0/16, which are other networks than that of the honest
load (127.0.0.1), and give way to everybody else on the machine (nice 19), so that what honest clients feel is the node's
doing and not the attacker's share of the processors.
"""
import json
import os
import re
import selectors
import socket
import ssl
import sys
import time

BAD_HOST = "attacker.example"
OPERATIONS_MAX = 2_000_000
STALLED_SIZE = 24 << 20


class Bounds:
    """Until when, and how much, one attacker may do."""

    def __init__(self, seconds, operations=OPERATIONS_MAX):
        self.end = time.monotonic() + seconds
        self.left = operations

    def go_on(self):
        self.left -= 1
        return self.left > 0 and time.monotonic() < self.end


def source(number, network=0):
    """A client address: the `number`th of the /24 with that number."""
    return f"127.66.{network % 256}.{number % 254 + 1}"


def connect(order, number=0, network=0, timeout=5):
    s = socket.create_connection(tuple(order["smtp"]), timeout,
                                 source_address=(source(number, network), 0))
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return s


class Talk:
    """A blocking SMTP conversation that knows when it was hung up on."""

    def __init__(self, order, number=0, network=0, hello=True):
        self.socket = connect(order, number, network)
        self.file = self.socket.makefile("rb")
        self.reply()
        if hello:
            self.say("EHLO " + BAD_HOST)

    def reply(self):
        """The code of the next reply; ConnectionError at the end."""
        while True:
            line = self.file.readline()
            if not line:
                raise ConnectionError("closed")
            if line[3:4] != b"-":
                return int(line[:3])

    def say(self, line):
        self.socket.sendall(line.encode() + b"\r\n")
        return self.reply()

    def burst(self, lines):
        """Pipelines `lines`; their reply codes."""
        self.socket.sendall("".join(line + "\r\n" for line in lines).encode())
        return [self.reply() for _ in lines]

    def close(self):
        self.file.close()
        self.socket.close()


class Tally:
    """Reply codes and ends, counted."""

    def __init__(self):
        self.counts = {}

    def add(self, what, n=1):
        self.counts[str(what)] = self.counts.get(str(what), 0) + n


def each_connection(order, tally, attack):
    """Runs `attack(talk, bounds)` over new connections until the bounds end it."""
    bounds = Bounds(order["seconds"])
    number = 0
    while bounds.go_on():
        talk = None
        try:
            talk = Talk(order, number, order.get("network", 0))
            attack(talk, bounds)
        except (OSError, ValueError) as e:
            tally.add(type(e).__name__)
            time.sleep(0.005)
        finally:
            if talk:
                talk.close()
        number += order.get("step", 0)
    return tally.counts


# ---------------------------------------------------------------- floods
def flood(order):
    """Connections opened and thrown away, from one address and from a whole network in turn."""
    bounds, tally, held = Bounds(order["seconds"]), Tally(), []
    number = 0
    while bounds.go_on():
        try:
            held.append(connect(order, number if number % 2 else 0, timeout=1))
            tally.add("opened")
        except OSError as e:
            tally.add(type(e).__name__)
        if len(held) > 400:
            held.pop(0).close()
        number += 1
    return tally.counts


def commands(order):
    """NOOP, RSET, VRFY, HELP, nonsense and unknown recipients, as many as fit into a pipeline."""
    tally = Tally()
    lines = ["NOOP", "RSET", "VRFY x", "HELP", "XYZZY", f"MAIL FROM:<a@{BAD_HOST}>"]
    lines += [f"RCPT TO:<nobody{n}@zone.example>" for n in range(50)] + ["RSET"]

    def attack(talk, bounds):
        while bounds.go_on():
            for code in talk.burst(lines):
                tally.add(code)

    return each_connection(order, tally, attack)


def guesses(order):
    """Return addresses with made-up hashes, for a message to a user of the zone: an open relay if one is right."""
    tally = Tally()
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    state = {"n": 0}

    def hash_of(n):
        return "".join(alphabet[n >> 5 * k & 31] for k in range(order.get("length", 4)))

    def attack(talk, bounds):
        while bounds.go_on():
            talk.say("RSET")
            talk.say("MAIL FROM:<>")
            # Where a refused recipient is no error once another was accepted, this makes it free.
            talk.say("RCPT TO:<user001@zone.example>")
            first = state["n"]
            state["n"] += 64
            codes = talk.burst([f"RCPT TO:<SRS0={hash_of(n)}=AA=victim.example=bob@zone.example>"
                                for n in range(first, first + 64)])
            for code in codes:
                tally.add(code)

    return each_connection(order, tally, attack)


def patterns(order):
    """Recipients that a zone's costly patterns have to be tried on."""
    tally = Tally()
    local = "a" * 24 + "b" * 24 + "c" * 14

    def attack(talk, bounds):
        while bounds.go_on():
            talk.say("RSET")
            talk.say(f"MAIL FROM:<a@{BAD_HOST}>")
            for code in talk.burst([f"RCPT TO:<{local}{n % 10}@costly.example>" for n in range(16)]):
                tally.add(code)

    return each_connection(order, tally, attack)


def handshakes(order):
    """TLS handshakes with the dearest group that the node would take, none of them used."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if order.get("old"):
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers("DHE+AESGCM:ECDHE+AESGCM:@SECLEVEL=0")
    tally = Tally()

    def attack(talk, _):
        if talk.say("STARTTLS") != 220:
            return tally.add("refused")
        with context.wrap_socket(talk.socket) as inside:
            return tally.add(inside.cipher()[0])

    return each_connection(order, tally, attack)


# ---------------------------------------------------------------- holding on
class Held:
    """Many sessions that are kept open, read from as they speak, and written to by turns."""

    def __init__(self, order, count, per_network=254):
        self.selector, self.open, self.tally = selectors.DefaultSelector(), [], Tally()
        for n in range(count):
            try:
                s = connect(order, n % per_network, n // per_network, timeout=2)
            except OSError as e:
                self.tally.add(type(e).__name__)
                continue
            s.setblocking(False)
            self.selector.register(s, selectors.EVENT_READ)
            self.open.append(s)
        self.tally.add("opened", len(self.open))

    def drop(self, s):
        self.selector.unregister(s)
        self.open.remove(s)
        s.close()
        self.tally.add("closed_by_node")

    def read(self, wait):
        for key, _ in self.selector.select(wait):
            try:
                heard = key.fileobj.recv(65536)
            except BlockingIOError:
                continue
            except OSError:
                heard = b""
            for code in re.findall(rb"(?m)^([45]\d\d) ", heard):
                self.tally.add(code.decode())
            if not heard:
                self.drop(key.fileobj)

    def write(self, octets):
        for s in list(self.open):
            try:
                s.send(octets)
            except BlockingIOError:
                pass
            except OSError:
                self.drop(s)

    def keep(self, seconds, pause, octets=b""):
        print("holding", flush=True)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if octets:
                self.write(octets)
            turn = min(end, time.monotonic() + pause)
            while time.monotonic() < turn:
                self.read(max(0.01, turn - time.monotonic()))
        return self.tally.counts


def transaction(to, data, declared=0):
    size = f" SIZE={declared}" if declared else ""
    return (f"EHLO {BAD_HOST}\r\nMAIL FROM:<a@{BAD_HOST}>{size}\r\nRCPT TO:<{to}>\r\n"
            f"{data}").encode()


def drip(order):
    """Sessions that send an octet now and then: in the middle of a command, and of a message."""
    half = Held(order, order["count"])
    half.write(transaction("user001@zone.example", "DATA\r\n"))
    half.read(0.5)
    return half.keep(order["seconds"], 0.5, b"x")


def memory(order):
    """A hundred octets each, and the announcement of a message as large as the node takes."""
    held = Held(order, order["count"], per_network=order["per_network"])
    held.write(transaction("user001@zone.example", "DATA\r\n", 25_000_000))
    held.read(0.5)
    held.write(b"x\r\n")
    return held.keep(order["seconds"], 1)


def idle(order):
    """Connections that say nothing."""
    return Held(order, order["count"], per_network=40).keep(order["seconds"], 0.5)


def large(order):
    """Messages of 24 MB, one after the other."""
    time.sleep(order.get("wait", 0))
    tally = Tally()
    line = b"x" * 76 + b"\r\n"
    body = b"Subject: large\r\nFrom: a@sender.example\r\n\r\n" + line * (STALLED_SIZE // len(line))
    for n in range(order["count"]):
        try:
            talk = Talk(order, n, n)
            talk.socket.settimeout(order["seconds"])
            talk.say("MAIL FROM:<a@sender.example>")
            talk.say(f"RCPT TO:<{order['recipient']}>")
            talk.say("DATA")
            talk.socket.sendall(body + b".\r\n")
            tally.add(talk.reply())
            talk.close()
        except OSError as e:
            tally.add(type(e).__name__)
    return tally.counts


# ---------------------------------------------------------------- HTTP
def http(order):
    """Requests without a token, and with guessed ones, over as many connections as are let in."""
    bounds, tally = Bounds(order["seconds"]), Tally()
    paths = ["/client/v4/zones", "/openapi.json", "/client/v4/user/tokens/verify", "/nothing"]
    number = 0
    while bounds.go_on():
        number += 1
        request = (f"GET {paths[number % len(paths)]} HTTP/1.1\r\nHost: x\r\n"
                   f"Authorization: Bearer guess{number}\r\nConnection: close\r\n\r\n").encode()
        try:
            with socket.create_connection(tuple(order["api"]), 2,
                                          source_address=(source(number), 0)) as s:
                s.sendall(request)
                tally.add(s.recv(4096)[9:12].decode() or "closed")
        except OSError as e:
            tally.add(type(e).__name__)
    return tally.counts


ATTACKERS = {f.__name__: f for f in (flood, commands, guesses, patterns, handshakes, drip, memory,
                                     idle, large, http)}


def main():
    os.nice(19)
    order = json.loads(sys.argv[2])
    print(json.dumps(ATTACKERS[sys.argv[1]](order)))


if __name__ == "__main__":
    main()
