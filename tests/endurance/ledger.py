# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
"""Compares what was acknowledged with what arrived, recipient by recipient."""
import collections
import dataclasses

import mailbag


@dataclasses.dataclass
class Verdict:
    acknowledged: int = 0    # messages
    recipients: int = 0      # copies that had to be delivered or returned
    delivered: int = 0
    bounced: int = 0
    lost: list = dataclasses.field(default_factory=list)      # (number, queue id, destination)
    returned: list = dataclasses.field(default_factory=list)  # a report instead of a delivery
    duplicated: int = 0
    unacknowledged: int = 0
    corrupt: int = 0
    strange: int = 0

    @property
    def lost_ids(self):
        return {queue_id for _, queue_id, _ in self.lost}


class Ledger:
    """Both ledgers, read on from where they were left."""

    def __init__(self, sent, arrived):
        self.sent, self.arrived = sent, arrived
        self.offsets = {sent: 0, arrived: 0}
        self.acknowledged = {}                        # number: (queue id, local parts)
        self.deliveries = collections.Counter()       # (number, destination)
        self.bounces = collections.Counter()          # (number, recipient)
        self.corrupt = self.strange = 0

    def lines_of(self, path):
        if not path.exists():
            return
        with open(path, "rb") as file:
            file.seek(self.offsets[path])
            data = file.read()
        end = data.rfind(b"\n") + 1
        self.offsets[path] += end
        yield from data[:end].decode().splitlines()

    def read(self):
        for line in self.lines_of(self.sent):
            number, queue_id, locals_ = line.split(" ")
            self.acknowledged[int(number)] = (queue_id, locals_.split(",") if locals_ else [])
        for line in self.lines_of(self.arrived):
            kind, number, address = line.split(" ", 2)
            if kind == "D":
                self.deliveries[int(number), address] += 1
            elif kind == "B" and number.isdigit():
                self.bounces[int(number), address.split("@")[0]] += 1
            elif kind == "C":
                self.corrupt += 1
            else:
                self.strange += 1

    def copies(self):
        """(number, queue id, local part, destination, fate) of everything acknowledged."""
        for number, (queue_id, locals_) in self.acknowledged.items():
            for local in locals_:
                for destination, fate in mailbag.fates(local):
                    yield number, queue_id, local, destination, fate

    def open_copies(self):
        """How many copies have neither arrived nor been returned."""
        return sum(1 for number, _, local, destination, _ in self.copies()
                   if not self.deliveries[number, destination]
                   and not self.bounces[number, local])

    def judge(self):
        verdict = Verdict(acknowledged=len(self.acknowledged), corrupt=self.corrupt,
                          strange=self.strange)
        for number, queue_id, local, destination, fate in self.copies():
            verdict.recipients += 1
            arrived = self.deliveries.get((number, destination), 0)
            told = self.bounces.get((number, local), 0)
            if fate == mailbag.DELIVERED and arrived:
                verdict.delivered += 1
            elif fate == mailbag.DELIVERED and told > sum(
                    f == mailbag.BOUNCED for _, f in mailbag.fates(local)):
                verdict.returned.append((number, queue_id, destination))
            elif fate == mailbag.BOUNCED and told:
                verdict.bounced += 1
            else:
                verdict.lost.append((number, queue_id, destination))
        counts = list(self.deliveries.values()) + list(self.bounces.values())
        verdict.duplicated = sum(n - 1 for n in counts)
        verdict.unacknowledged = len({number for number, _ in self.deliveries}
                                     - self.acknowledged.keys())
        return verdict
