# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
"""The mail of crash-test and soak: each message and its fate follow from the seed and a number.

The load makes message N, the destinations know from N what must be in it and how they have to
answer, and the ledger knows from N what must have become of every recipient.
"""
import base64
import hashlib
import random
import re

ZONE = "zone.example"
SENDERS = "sender.example"
# Takes all; defers everything once; refuses some recipients; refuses some messages after the dot.
ACCEPT, GREY, MIXED, LATE = "accept.example", "grey.example", "mixed.example", "late.example"
DOMAINS = (ACCEPT, GREY, MIXED, LATE)
USERS = 50  # of each kind
LARGE_EVERY = 400
LARGE_OCTETS = 1_300_000  # more than the node keeps in one piece
DELIVERED, BOUNCED = "delivered", "bounced"


def zone(rule):
    """The zone through which all goes; `rule` is harness.rule."""
    rules = []
    for n in range(USERS):
        rules += [rule(f"a{n}", f"a{n}@{ACCEPT}"), rule(f"g{n}", f"g{n}@{GREY}"),
                  rule(f"m{n}", f"m{n}@{MIXED}"), rule(f"l{n}", f"l{n}@{LATE}"),
                  rule(f"f{n}", f"f{n}@{ACCEPT}", f"f{n}@{MIXED}")]
    return {"name": ZONE, "rules": rules}


def is_refused(address):
    """mixed.example has no users with odd numbers."""
    local, domain = address.split("@")
    return domain == MIXED and int(local[1:]) % 2 == 1


def is_refused_late(recipients, domain):
    """late.example refuses the whole message if its first user has an odd number."""
    return domain == LATE and int(min(recipients)[1:].split("@")[0]) % 2 == 1


def fates(local):
    """[(destination, fate)] of what was sent to LOCAL@zone.example."""
    number = int(local[1:])
    odd = BOUNCED if number % 2 else DELIVERED
    return {"a": [(f"{local}@{ACCEPT}", DELIVERED)],
            "g": [(f"{local}@{GREY}", DELIVERED)],
            "m": [(f"{local}@{MIXED}", odd)],
            "l": [(f"{local}@{LATE}", odd)],
            "f": [(f"{local}@{ACCEPT}", DELIVERED), (f"{local}@{MIXED}", odd)]}[local[0]]


def recipients(seed, number):
    """Local parts, one to five of them. At most one for late.example, which judges messages."""
    draw = random.Random(f"{seed}/{number}/to")
    kinds = draw.choice(["a", "a", "a", "g", "ag", "mm", "mma", "f", "fm", "al", "aagmmf"])
    return sorted({f"{kind}{draw.randrange(USERS)}" for kind in kinds})


def body(seed, number, size):
    """The text below the header, with lines that begin with dots."""
    if number % LARGE_EVERY == LARGE_EVERY - 1:
        size = LARGE_OCTETS
    draw = random.Random(f"{seed}/{number}/body")
    size = draw.randrange(size // 4, size * 2) if size < LARGE_OCTETS else size
    text = base64.b64encode(draw.randbytes(max(size * 3 // 4, 60)))
    lines = [text[at:at + 76] for at in range(0, len(text), 76)]
    lines[::7] = [b"." + line[1:] for line in lines[::7]]
    return b"\r\n".join(lines) + b"\r\n"


def message(seed, number, size):
    content = body(seed, number, size)
    return (f"From: s{number}@{SENDERS}\r\nTo: all@{ZONE}\r\nSubject: message {number}\r\n"
            f"Message-ID: <{number}.{seed}@{SENDERS}>\r\nX-Number: {number}\r\n\r\n".encode()
            + content)


def sender(number):
    return f"s{number}@{SENDERS}"


def number_of_sender(address):
    """Also of one that was rewritten: SRS0=…=…=sender.example=s12@zone.example."""
    found = re.search(r"(?:^|=)s(\d+)@", address)
    return int(found.group(1)) if found else None


def is_as_sent(seed, size, data):
    """(number, whether the text is as it was made) of a message that arrived."""
    header, _, text = data.partition(b"\r\n\r\n")
    found = re.search(rb"^X-Number: (\d+)\r?$", header, re.M | re.I)
    if not found:
        return None, False
    number = int(found.group(1))
    same = hashlib.sha256(text).digest() == hashlib.sha256(body(seed, number, size)).digest()
    return number, same and f"\r\nSubject: message {number}\r\n".encode() in header
