#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
"""tools/tidy.py [--root FOLDER]: the house rules that a machine can check.

- every #include against docs/layers.txt (who may include whom, where libraries are fenced),
- calls and words that are banned,
- the two SPDX lines at the head of every source,
- every RFC that is cited stands in docs/rfc/index.tsv, and the table is well-formed,
- lines of C++ have at most 100 columns.

Prints `file:line: what; how to mend it` and ends with 1 if there is anything to mend.
"""

import argparse
import os
import re
import sys

COLUMNS_MAX = 100
SKIPPED = {".git", ".cache", "build", "__pycache__", "node_modules"}
CPP = (".cpp", ".hpp")
SCRIPTS = (".py", ".sh", ".cmake")
TEXTS = CPP + SCRIPTS + (".in", ".md", ".txt", ".yaml", ".yml", ".tsv")
SPDX = ("SPDX-FileCopyrightText: 2026 The Signpost authors", "SPDX-License-Identifier: Apache-2.0")
SUPPORT = {"yes", "partial", "no"}

# (pattern, what it is, the places where it may stand)
BANNED = [
    (r"\bstd::regex\b", "std::regex is slow and overflows the stack; parse by hand", ()),
    (r"\b(?:std::)?s?rand\(", "rand(); take a random_source", ()),
    (r"\bstd::(?:mt19937(?:_64)?|random_device)\b", "a generator of its own; take a random_source",
     ("bench", "tests")),
    (r"\b(?:std::this_thread::sleep_(?:for|until)|(?:::|\s)(?:u|nano)?sleep)\(",
     "sleeping; use a timer, or a clock that a test moves",
     # The spool's writer waits itself for a slow disk, under its own deadline.
     ("bench", "storage/spool.cpp")),
    (r"(?:std::|[^\w]::)system\(|[=(!]\s*system\(|\bpopen\(",
     "a shell; no process is started here", ()),
    (r"\bchrono::system_clock\b|(?<![\w.:>])(?:std::|::)?time\((?:nullptr|NULL|0)\)"
     r"|\bgettimeofday\(", "the wall clock; take a signpost::clock", ("base", "bench")),
    (r"\b(?:strcpy|strcat|sprintf|vsprintf|gets|strtok|atoi|atol|atof)\(",
     "an unsafe call of C; use std::string, fmt or std::from_chars", ()),
    (r"^\s*using namespace (?!.*literals;)", "using namespace; name what is used",
     ("bench",)),
]
MARKERS = re.compile(r"\b(?:TODO|FIXME|XXX|HACK)\b")
INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)')
RFC = re.compile(r"\bRFC (\d+)")


class Layers:
    """docs/layers.txt."""

    def __init__(self, text):
        self.folders = {}
        self.fences = []
        for line in text.splitlines():
            line = line.split("#")[0].strip()
            if not line:
                continue
            name, _, places = line.partition(":")
            if name.startswith("<"):
                self.fences.append((name[1:], places.split()))
            else:
                self.folders[name] = places.split()

    def entry(self, path):
        """The most particular folder that has an entry, or None."""
        folder = os.path.dirname(path)
        while folder and folder not in self.folders:
            folder = os.path.dirname(folder)
        return folder or None

    def objection(self, path, own, library):
        """What is wrong with an #include in `path`; empty if nothing is."""
        if library is not None:
            for prefix, places in self.fences:
                if library.startswith(prefix) and not within(path, places):
                    return f"<{library}> may be included in {' '.join(places)} only"
            return ""
        mine = self.entry(path)
        if mine is None:
            return "the folder stands not in docs/layers.txt; add it"
        allowed = self.folders[mine]
        if "*" in allowed or within(own, [mine] + allowed):
            return ""
        return f'"{own}" is not below {mine}; it may include {" ".join([mine] + allowed)}'


def within(path, places):
    return any(path == p or path.startswith(p + "/") for p in places)


def source_files(root):
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(f for f in folders if f not in SKIPPED and not f.startswith("build-"))
        for name in sorted(names):
            path = os.path.relpath(os.path.join(folder, name), root)
            if name.endswith(TEXTS) or within(path, ["tools"]):
                yield path


def code_of(line):
    """The line without strings and // comments, as far as one line can tell."""
    line = re.sub(r'"(?:[^"\\]|\\.)*"', '""', line)
    return line.split("//")[0]


def check_cpp(path, lines, layers):
    for number, line in enumerate(lines, 1):
        if len(line) > COLUMNS_MAX:
            yield number, f"{len(line)} columns; at most {COLUMNS_MAX}"
        include = INCLUDE.match(line)
        if include:
            wrong = layers.objection(path, include.group(1), include.group(2))
            if wrong:
                yield number, wrong
        code = code_of(line)
        for pattern, what, places in BANNED:
            if re.search(pattern, code) and not within(path, places):
                yield number, what


def check_any(path, lines, rfcs):
    head = "\n".join(lines[:4])
    sourcelike = path.endswith(CPP + SCRIPTS) or within(path, ["tools"])
    if sourcelike and not all(line in head for line in SPDX):
        yield 1, "the two SPDX lines are missing"
    if path == "tools/tidy.py" or within(path, ["tests/tidy"]):
        return
    for number, line in enumerate(lines, 1):
        if MARKERS.search(line):
            yield number, "a marker of unfinished work; finish it or describe it as `Not done:`"
        for cited in RFC.findall(line):
            if int(cited) not in rfcs:
                yield number, f"RFC {cited} stands not in docs/rfc/index.tsv; add it"


def read_index(text):
    """The numbers of docs/rfc/index.tsv and what is wrong with it."""
    numbers, wrong = set(), []
    for number, line in enumerate(text.splitlines()[1:], 2):
        fields = line.split("\t")
        if len(fields) not in (3, 4) or not fields[0].isdigit() or fields[2] not in SUPPORT:
            wrong.append((number, "wants number, title, support (yes, partial, no), note"))
        elif int(fields[0]) in numbers:
            wrong.append((number, f"RFC {fields[0]} stands there twice"))
        else:
            numbers.add(int(fields[0]))
    return numbers, wrong


def read(root, path):
    with open(os.path.join(root, path), encoding="utf-8") as file:
        return file.read()


def findings(root):
    layers = Layers(read(root, "docs/layers.txt"))
    rfcs, wrong = read_index(read(root, "docs/rfc/index.tsv"))
    for number, what in wrong:
        yield "docs/rfc/index.tsv", number, what
    for path in source_files(root):
        try:
            lines = read(root, path).splitlines()
        except UnicodeDecodeError:
            yield path, 1, "is not UTF-8"
            continue
        found = list(check_any(path, lines, rfcs))
        if path.endswith(CPP):
            found += check_cpp(path, lines, layers)
        for number, what in sorted(found):
            yield path, number, what


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", default=os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    root = parser.parse_args().root
    count = 0
    for path, number, what in findings(root):
        print(f"{path}:{number}: {what}")
        count += 1
    print(f"tidy: {count} to mend" if count else "tidy: nothing to mend")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
