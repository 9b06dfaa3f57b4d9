# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
"""A DNS server for tests: answers from a table, over UDP, and knows nothing else.

    with DnsServer({("zone.example", "MX"): ["10 mx.zone.example"]}) as server:
        node = harness.Node(settings={"dns.forwarders": [server.forwarder]}, ...)

A CNAME is followed within the table, as a resolver's forwarder does. What has no records of the
type is answered with none, what has no records at all with NXDOMAIN. SERVFAIL instead of a list of
records breaks that question. The names that tests send from have SPF records unless the table says
otherwise. The table may be changed while the server runs, but resolvers remember their answers.
"""
import ipaddress
import socketserver
import struct
import threading

import harness

TYPES = {"A": 1, "CNAME": 5, "SOA": 6, "PTR": 12, "MX": 15, "TXT": 16, "AAAA": 28}
NAMES = {number: name for name, number in TYPES.items()}
SERVFAIL = "SERVFAIL"


def encode_name(name):
    labels = [label.encode() for label in name.rstrip(".").split(".") if label]
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def encode_data(kind, text):
    if kind in ("A", "AAAA"):
        return ipaddress.ip_address(text).packed
    if kind in ("CNAME", "PTR"):
        return encode_name(text)
    if kind == "TXT":  # RFC 1035 §3.3.14: strings of at most 255 octets
        octets = text.encode()
        parts = [octets[at:at + 255] for at in range(0, len(octets), 255)] or [b""]
        return b"".join(bytes([len(part)]) + part for part in parts)
    preference, host = text.split()
    return struct.pack(">H", int(preference)) + encode_name(host)


def decode_question(packet):
    """(name, type, end of the question)"""
    labels, at = [], 12
    while packet[at]:
        labels.append(packet[at + 1:at + 1 + packet[at]].decode("ascii", "replace"))
        at += 1 + packet[at]
    kind, = struct.unpack(">H", packet[at + 1:at + 3])
    return ".".join(labels).lower(), NAMES.get(kind, "?"), at + 5


class DnsServer:
    def __init__(self, table, ip=harness.SINK_IP):
        self.table, self.asked = dict(table), []
        for name in harness.SENDERS:
            self.table.setdefault((name, "TXT"), [harness.SPF_OF_LOOPBACK])
        outer = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                packet, sock = self.request
                sock.sendto(outer.answer(packet), self.client_address)

        self.server = socketserver.UDPServer((ip, 0), Handler)
        self.port = self.server.server_address[1]
        self.forwarder = f"{ip}@{self.port}"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def records(self, name, kind):
        """Pairs of (owner, type, data), CNAMEs first."""
        found = []
        for _ in range(8):
            target = self.table.get((name, "CNAME"))
            if not target or kind == "CNAME":
                break
            found.append((name, "CNAME", target[0]))
            name = target[0]
        found += [(name, kind, data) for data in self.table.get((name, kind), [])]
        return found, any(owner == name or owner.endswith("." + name) for owner, _ in self.table)

    def answer(self, packet):
        name, kind, end = decode_question(packet)
        self.asked.append((name, kind))
        if self.table.get((name, kind)) == SERVFAIL:
            return packet[:2] + struct.pack(">5H", 0x8182, 1, 0, 0, 0) + packet[12:end]
        found, exists = self.records(name, kind)
        authority = b""
        if not found or found[-1][1] == "CNAME":
            soa = encode_name("ns.invalid") * 2 + struct.pack(">5I", 1, 60, 60, 60, 5)
            authority = b"\0" + struct.pack(">HHIH", TYPES["SOA"], 1, 5, len(soa)) + soa
        flags = 0x8180 | (0 if exists else 3)  # response, recursion desired and available
        out = packet[:2] + struct.pack(">5H", flags, 1, len(found), 1 if authority else 0, 0)
        out += packet[12:end]
        for owner, type_name, text in found:
            data = encode_data(type_name, text)
            out += encode_name(owner) + struct.pack(">HHIH", TYPES[type_name], 1, 60, len(data))
            out += data
        return out + authority
