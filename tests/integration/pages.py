# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
"""The pages for operators as tests need them: their blocks, tables and statements, and a machine on
which the commands are run."""
import email
import json
import re
import unittest
import urllib.request

import harness
from machine import Machine, commands_of

PAGES = harness.REPOSITORY / "docs/operating"
TRIED = ("README.md", "install.md", "cli.md", "zones.md")

# Commands of the blocks that are not run, and why.
NOT_RUN = {
    "git clone URL signpost": "the tests run in a clone",
    "cd signpost": "the tests run in it",
    "tools/quickstart": "builds everything anew; Quickstart runs its third step",
    "tools/test": "this test is a part of it",
    "tools/install-packages": "changes this machine",
    "cmake --preset release": "the programs are built",
    "cmake --build --preset release --target signpostd signpost": "the programs are built",
    "cmake --install build/release": "writes into /usr/local; Install does it with a prefix",
    "sudo cmake --install build/release": "the same",
    "git clone URL signpost && cd signpost": "the tests run in a clone",
}


def page(name):
    path = harness.REPOSITORY / name if name == "README.md" else PAGES / name
    return path.read_text()


def blocks(name):
    """The blocks of a page, fenced or indented by at least four spaces, as [text]."""
    found, block, fence = [], [], None
    for line in [*page(name).splitlines(), ""]:
        opened = re.match(r"^( *)```", line)
        if fence is not None:
            if opened:
                found.append("\n".join(row[fence:] for row in block) + "\n")
                block, fence = [], None
            else:
                block.append(line)
        elif opened:
            fence = len(opened[1])
        elif re.match(r"^ {4,}\S", line) or (block and not line.strip()):
            block.append(line)
        elif block:
            block = [row for row in block if row.strip()]
            indent = min(len(row) - len(row.lstrip()) for row in block)
            found.append("\n".join(row[indent:] for row in block) + "\n")
            block = []
    return found


def block(name, begins):
    """The one block that begins like this."""
    fitting = [text for text in blocks(name) if text.startswith(begins)]
    if len(fitting) != 1:
        raise AssertionError(f"{name} has {len(fitting)} blocks that begin with {begins!r}")
    return fitting[0]


def table(name, heading, column=0):
    """The cells of a column of the first table below a heading."""
    rest = page(name).split(f"\n{heading}\n", 1)[1]
    rows = re.search(r"((?:^\|.*\n)+)", rest, re.M)[1].splitlines()[2:]
    return [re.split(r"(?<!\\)\|", row)[1:-1][column].strip() for row in rows]


def codes(cell):
    return [two or one for two, one in re.findall(r"``\s*(.+?)\s*``|`([^`]+)`", cell)]


def answer_in(output):
    """JSON after what curl says of its progress."""
    return json.loads(output[output.index("{"):])


def without_comment(command):
    return re.sub(r"\s+#.*$", "", command)


class Pages(unittest.TestCase):
    def setUp(self):
        harness.require("bash")
        self.directory = self.enterContext(harness.temporary_directory())

    def says(self, name, words):
        """The page has these words, however its lines are broken."""
        flat = re.sub(r"\s+", " ", page(name))
        self.assertTrue(re.sub(r"\s+", " ", words) in flat, f"{name} says this no more: {words}")

    def machine(self):
        return self.enterContext(Machine(self.directory))

    def run_all(self, machine, text, allowed=None, after=None):
        """Each command of the block but those of NOT_RUN; `allowed`: other statuses than 0 by how
        the command begins; `after`: called with each step. What was printed by each."""
        printed = {}
        for line in commands_of(text):
            command = without_comment(line)
            if command in NOT_RUN:
                continue
            step = machine.step(line)
            wanted = next((status for begin, status in (allowed or {}).items()
                           if command.startswith(begin)), 0)
            self.assertEqual(step.status, wanted, f"{line}\n{step.output}{self.log(machine)}")
            printed[command] = step.output
            if after:
                after(step)
        return printed

    @staticmethod
    def log(machine):
        path = machine.directory / "signpostd.log"
        return path.read_text() if path.exists() else ""

    def press(self, machine):
        """Opens the link of the newest verification mail and presses its button."""
        mail = harness.wait_until(lambda: next(
            (m for m in reversed(machine.sink.messages) if b"/verify?" in m.data), None), 20)
        text = email.message_from_bytes(mail.data).get_payload(decode=True).decode()
        link = re.search(r"http://[^/\s]+(/verify\?\S+)", text)
        request = urllib.request.Request(
            f"http://{harness.NODE_IP}:{machine.api_port}{link[1]}", data=b"", method="POST")
        with urllib.request.urlopen(request, timeout=10) as answer:
            self.assertEqual(answer.status, 200)
        machine.sink.forget()
