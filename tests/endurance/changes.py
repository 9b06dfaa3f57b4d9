# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
"""Changes of the set-up that a node has answered, and whether they are still there."""
import json
import pathlib
import re

import harness
import mailbag


class Changes:
    """Rules that drop mail for names of which nothing else makes use."""

    def __init__(self, node):
        self.node, self.number = node, 0
        self.answered = set()
        self.missing = []           # nobody has said a word about them
        self.announced = 0          # missing, and covered by what the node has said
        self.covered = 0            # of `told_by`, used up

    def make(self, count):
        for _ in range(count):
            name = f"x{self.number}"
            self.number += 1
            done = self.node.cli("rule", "create", f"{name}@{mailbag.ZONE}", "--drop", check=False)
            if done.returncode == 0:
                self.answered.add(name)

    def told_by(self):
        """How many changes the node has said it has lost, in all."""
        total = 0
        for report in pathlib.Path(self.node.data).glob("config.losses/*"):
            if report.suffix in (".loss", ".accepted"):
                count = re.search(r"^unaccounted (\d+)", report.read_text(errors="replace"), re.M)
                total += int(count.group(1)) if count else 0
        return total

    def look(self):
        """Of a node that is ready. What is missing is looked for once."""
        listed = self.node.cli("rule", "list", mailbag.ZONE, "--json").stdout
        there = set(re.findall(r"\b(x\d+)@", json.dumps(json.loads(listed))))
        gone = sorted(self.answered - there)
        self.answered -= set(gone)
        room = max(self.told_by() - self.covered, 0)
        self.covered += min(room, len(gone))
        self.announced += min(room, len(gone))
        self.missing += gone[min(room, len(gone)):]


def settings():
    """Of a node whose zones are in its store."""
    return {"config.source": "store", "api.requests_per_minute_max": 0,
            "api.listen": [f"{harness.NODE_IP}:{harness.free_port()}"]}
