# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
"""Messages of many shapes, whose signatures must survive a forwarder, and what is done to them."""
import re

HEAD = (b"From: Alice Example <alice@sender.example>\r\nTo: info@zone.example\r\n"
        b"Subject: The keys of the boathouse\r\nDate: Tue, 24 Nov 2026 09:30:00 +0100\r\n"
        b"Message-ID: <boathouse@sender.example>\r\n")

PLAIN = HEAD + b"\r\nThey hang behind the oars.\r\n.one dot\r\n..two dots\r\n\r\nAlice\r\n"

EIGHT_BIT = (HEAD + b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
             b"Content-Transfer-Encoding: 8bit\r\n\r\n"
             + "Die Schlüssel hängen hinter den Rudern. 鍵はオールの後ろ。\r\n".encode()
             + bytes(range(0x80, 0x100)) + b"\r\n")

# RFC 6532: the header itself is UTF-8.
EAI = ("From: Jürgen Müller <jürgen@sender.example>\r\nTo: info@zone.example\r\n"
       "Subject: Schlüssel für das Bootshaus\r\nDate: Tue, 24 Nov 2026 09:31:00 +0100\r\n"
       "Message-ID: <bootshaus@sender.example>\r\n\r\nSie hängen hinter den Rudern.\r\n").encode()

# Whatever two implementations of a canonicalization could see in two ways.
ODD = (b"from:  Alice\r\n\t Example   <alice@sender.example>  \r\nTO:info@zone.example\r\n"
       b"Subject: =?utf-8?q?a_folded?=\r\n  \t =?utf-8?q?subject?= \t\r\n"
       b"X-Empty:\r\nX-Spaces:   \r\nX-Twice: one\r\nX-Twice: two\r\n"
       b"Date: Tue, 24 Nov 2026 09:32:00 +0100\r\nMessage-ID:\r\n <odd@sender.example>\r\n"
       b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed;\r\n\tboundary=\"=_ b\"\r\n\r\n"
       b"preamble with blanks at its end  \t \r\n--=_ b\r\nContent-Type: text/plain\r\n\r\n"
       b"a  b\tc \t d\r\n   \r\n\t\r\n \r\n\r\n--=_ b\r\n"
       b"Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n"
       b"AAECAwQFBgcICQ==\r\n--=_ b--\r\nepilogue\r\n"
       + b" " * 700 + b"x\r\n\r\n \r\n\t\r\n\r\n\r\n\r\n")

LARGE = HEAD + b"\r\n" + b"".join(
    b"%06d The inventory of the boathouse goes on, and on, and on. %s\r\n" % (n, b" " * (n % 7))
    for n in range(1_050_000 // 68))

BODILESS = HEAD + b"\r\n"

LETTERS = {"plain": PLAIN, "eight_bit": EIGHT_BIT, "eai": EAI, "odd": ODD, "large": LARGE,
           "bodiless": BODILESS}


def options(message):
    """The parameters of MAIL that the message needs."""
    header = message.partition(b"\r\n\r\n")[0]
    if not header.isascii():
        return ["BODY=8BITMIME", "SMTPUTF8"]
    return [] if message.isascii() else ["BODY=8BITMIME"]


def through_a_list(message, name=b"rowers.lists.example"):
    """As a mailing list sends it on: a tag in the subject, fields of its own, a footer."""
    head, _, body = message.partition(b"\r\n\r\n")
    head = head.replace(b"Subject: ", b"Subject: [rowers] ")
    return (b"List-Id: <" + name + b">\r\nList-Post: <mailto:rowers@lists.example>\r\n"
            b"Precedence: list\r\n" + head + b"\r\n\r\n" + body
            + b"_______\r\nThe rowers' list\r\n")


# ---------------------------------------------------------------- the header section
def fields_of(message):
    """[(name in lower case, unfolded value)], from the top."""
    header = message.partition(b"\r\n\r\n")[0].decode("utf-8", "surrogateescape")
    unfolded = re.sub(r"\r\n[ \t]+", " ", header)
    pairs = (line.partition(":") for line in unfolded.split("\r\n") if line)
    return [(name.rstrip().lower(), value.strip()) for name, _, value in pairs]


def values(message, name):
    return [value for field, value in fields_of(message) if field == name.lower()]


def tags(value):
    """{"i": "1", …} of a DKIM or ARC field; a tag's white space is dropped."""
    pairs = (part.partition("=") for part in value.split(";"))
    return {name.strip(): re.sub(r"\s", "", rest) for name, found, rest in pairs if found}


def whole_field(message, name, instance=None):
    """The octets of the topmost field `name`, or of the one with i=`instance`."""
    pattern = rb"(?im)^" + name.encode() + rb":(?:.*\r\n)(?:[ \t].*\r\n)*"
    for found in re.finditer(pattern, message.partition(b"\r\n\r\n")[0] + b"\r\n"):
        text = found.group()
        if instance is None or re.search(rb"\bi=\s*%d\s*;" % instance, text):
            return text
    raise AssertionError(f"no {name} (i={instance})")
