# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
"""Damages files as old disks do, while nobody has them open."""
import dataclasses
import re

FLIPPED = 16
PAGE = 4096

# What a database consists of, by kind.
FILES = {"log": r"\d+\.log", "sorted": r"\d+\.sst", "blob": r"\d+\.blob",
         "manifest": r"MANIFEST-\d+", "current": r"CURRENT", "options": r"OPTIONS-\d+",
         "identity": r"IDENTITY", "spare": r".*\.spare"}
# What a data directory holds: `log` is of the mail, `config-log` of the zones and rules.
KINDS = {**{kind: f"spool/{name}" for kind, name in FILES.items()},
         "record": r"spool\.acknowledged",
         **{f"config-{kind}": f"config/{name}" for kind, name in FILES.items() if kind != "blob"},
         "config-record": r"config\.acknowledged",
         **{f"activity-{kind}": f"activity/{name}" for kind, name in FILES.items()
            if kind in ("log", "sorted", "manifest", "current")}}
HOWS = ("flip", "zero", "cut", "lose")


@dataclasses.dataclass
class Damage:
    kind: str
    how: str
    path: str
    octets: int

    def __str__(self):
        return f"{self.how} {self.octets} octets of {self.path}"


def files_of(data, kind):
    pattern = re.compile(KINDS[kind])
    return sorted(path for path in data.rglob("*") if path.is_file()
                  and pattern.fullmatch(str(path.relative_to(data))) and path.stat().st_size > 0)


def hit(data, kind, how, random):
    """Damages one file of the kind; None if there is none."""
    found = files_of(data, kind)
    if not found:
        return None
    path = random.choice(found)
    size = path.stat().st_size
    name = str(path.relative_to(data))
    if how == "lose":
        path.unlink()
        return Damage(kind, how, name, size)
    if how == "cut":
        kept = random.randrange(size)
        with open(path, "r+b") as file:
            file.truncate(kept)
        return Damage(kind, how, name, size - kept)
    octets = min(FLIPPED if how == "flip" else PAGE, size)
    at = random.randrange(size - octets + 1)
    with open(path, "r+b") as file:
        file.seek(at)
        old = file.read(octets)
        file.seek(at)
        file.write(bytes(octet ^ random.randrange(1, 256) for octet in old) if how == "flip"
                   else bytes(octets))
    return Damage(kind, how, f"{name} at {at} of {size}", octets)
