#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
"""tools/tidy.py [--root FOLDER]: the house rules that a machine can check.

- every #include against docs/layers.txt (who may include whom, where libraries may be used),
- banned calls and words,
- the two SPDX lines at the top of every source,
- every RFC that is cited is in docs/rfc/index.tsv, and the table is well-formed,
- lines of C++ have at most 100 columns, functions at most 70 lines, folders a limited number of
  sources,
- functions, types, constants and files that the program does not use,
- every event that the program logs is in docs/operating/log.md, and every event there is logged,
- the first line of each file in docs/decisions is `# N. Title`, with the number of its name.

Prints `file:line: what is wrong; what to do`, and ends with 1 if there is anything to fix.
"""

import argparse
import collections
import os
import re
import sys

from cpp_outline import Outline, names_of_macros

COLUMNS_MAX = 100
FUNCTION_LINES_MAX = 70
# C++ sources in one folder without its sub-folders: what one person can keep in mind.
FOLDER_SOURCES_MAX = 43
# Folders that were larger when the limit came, with what they may have until they are divided.
LARGE_FOLDERS = {}
# Where the program's own sources are; what only other folders use is unused.
PROGRAM = ["actors", "api", "apps", "base", "cluster", "model", "monitoring", "net",
           "proto", "routing", "storage"]
# (name, why it may stay though the program does not use it); one that is used has to go from here
FOR_TESTS = "what tests look at: nothing else shows it"
FOR_PAGES = "the page of the documentation is compared with it"
FOR_SUITES = "a standard's reader that the conformance suites judge"
FOR_NODES = "what goes to other nodes; the link that carries it comes with them"
FOR_LINK = "the link between nodes: a node of a cluster will make one"
FOR_MEMBERS = "the node that is one of several will call it"
UNUSED = {
    "damage_met": FOR_TESTS,
    "session_count": FOR_TESTS,
    "without": "the program's nodes have all roles, those of tests have fewer",
    "received_by_host_count": FOR_TESTS,
    "owners": FOR_TESTS,
    "sources": FOR_TESTS,
    "suppressed_total": FOR_TESTS,
    "ed25519_from_seed": "the keys of RFC 8032's and RFC 8463's examples",
    "refusal_reasons": FOR_PAGES,
    "reply_rows": FOR_PAGES,
    "reply_table": FOR_PAGES,
    "classify_bounce": FOR_SUITES,
    "proto/mta_sts/policy.hpp": FOR_SUITES,
    "proto/mta_sts/record.hpp": FOR_SUITES,
    "policy_path": FOR_SUITES,
    "read_response": FOR_SUITES,
    "proto/tlsrpt/record.hpp": FOR_SUITES,
    "on_note": FOR_LINK,
    "on_request": FOR_LINK,
    "set_members": FOR_LINK,
    "set_removed": FOR_LINK,
    "states": FOR_LINK,
    "cluster/remote_accept.hpp": FOR_NODES,
    "cluster/coordination/postgres_coordinator.hpp": FOR_MEMBERS,
    "cluster/coordination/single_coordinator.hpp": FOR_MEMBERS,
    "enroll": FOR_MEMBERS,
    "restore_fences": FOR_MEMBERS,
    "resign": FOR_MEMBERS,
    "is_current": "what has to be sealed again before a key is removed",
    "cluster/wire/authentication.hpp": FOR_NODES,
    "cluster/wire/routing.hpp": FOR_NODES,
    "acceptance_question_of": FOR_NODES,
    "cluster/leases/lease_machine.hpp": FOR_MEMBERS,
    "set_full": FOR_MEMBERS,
    "may_serve": FOR_MEMBERS,
    "renews": FOR_MEMBERS,
    "renewals_so_far": FOR_MEMBERS,
    "decide_join": FOR_MEMBERS,
    "set_serving": FOR_MEMBERS,
    "found_unreadable": FOR_MEMBERS,
    "drained": FOR_MEMBERS,
    "may_drain": FOR_MEMBERS,
    "decode_copies_item": FOR_NODES,
    "decode_heartbeat": FOR_NODES,
    "message_to_accept": FOR_NODES,
    "decode_acceptance_answer": FOR_NODES,
    "decode_acceptance_question": FOR_NODES,
    "decode_authentication_answer": FOR_NODES,
    "decode_authentication_question": FOR_NODES,
    "decode_routing_answer": FOR_NODES,
    "decode_routing_question": FOR_NODES,
    "decode_signing_answer": FOR_NODES,
    "decode_signing_question": FOR_NODES,
    "parse_zones": "the form of zones files is tested on texts",
}
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
     ("bench", "storage/spool/spool.cpp")),
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
# A line of the log: the logger's method, and its arguments up to the fields.
LOG_CALL = re.compile(r"\blog(?:_|ger\([^()]*\))?\.(?:error|warning|info|write)\(([^{;]*)")
EVENT = re.compile(r'"([a-z_]*\.[a-z_]+)"')
EVENTS_PAGE = "docs/operating/log.md"
DECISION = re.compile(r"docs/decisions/(\d{4})-[a-z0-9-]+\.md")


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
            return "the folder is not in docs/layers.txt; add it"
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
    decision = DECISION.fullmatch(path)
    if decision and not re.match(rf"# {int(decision[1])}\. \S", head):
        yield 1, f"the heading must be `# {int(decision[1])}. Title`"
    for number, line in enumerate(lines, 1):
        if MARKERS.search(line):
            yield number, "a marker of unfinished work; finish it or describe it as `Not done:`"
        for cited in RFC.findall(line):
            if int(cited) not in rfcs:
                yield number, f"RFC {cited} is not in docs/rfc/index.tsv; add it"


def read_index(text):
    """The numbers of docs/rfc/index.tsv and what is wrong with it."""
    numbers, wrong = set(), []
    for number, line in enumerate(text.splitlines()[1:], 2):
        fields = line.split("\t")
        if len(fields) not in (3, 4) or not fields[0].isdigit() or fields[2] not in SUPPORT:
            wrong.append((number, "must have number, title, support (yes, partial, no), note"))
        elif int(fields[0]) in numbers:
            wrong.append((number, f"RFC {fields[0]} is listed more than once"))
        else:
            numbers.add(int(fields[0]))
    return numbers, wrong


def check_functions(path, outline):
    for function in outline.functions:
        if function.lines() > FUNCTION_LINES_MAX:
            yield (path, function.first, f"{function.name} has {function.lines()} lines; at most "
                   f"{FUNCTION_LINES_MAX}: let it decide and call others, or compute")


def check_folders(paths):
    folders = collections.Counter(os.path.dirname(path) for path in paths)
    for folder, count in sorted(folders.items()):
        limit = LARGE_FOLDERS.get(folder, FOLDER_SOURCES_MAX)
        if count > limit:
            yield (folder, 1, f"{count} C++ sources in one folder; at most {limit}: divide it by "
                   "subject")
        elif folder in LARGE_FOLDERS and count <= FOLDER_SOURCES_MAX:
            yield folder, 1, "is not a large folder any more; remove it from LARGE_FOLDERS"


def in_use(name):
    return "tools/tidy.py", 1, f"{name} is in use; remove it from UNUSED"


def check_unused_files(texts, cmake_words):
    included_by = collections.defaultdict(set)
    for path, text in texts.items():
        for line in text.splitlines():
            include = INCLUDE.match(line)
            if include and include.group(1) and within(path, PROGRAM):
                included_by[include.group(1)].add(path)
    for path in texts:
        if not within(path, PROGRAM):
            continue
        unused = path.endswith(".hpp") and not included_by[path] - {path[:-len("hpp")] + "cpp"}
        if unused and path not in UNUSED:
            yield path, 1, "the program does not include it; remove it or move it to tests/support"
        if path in UNUSED and not unused:
            yield in_use(path)
        if path.endswith(".cpp") and os.path.basename(path) not in cmake_words:
            yield path, 1, "no CMakeLists.txt names it"


def check_unused_names(texts, outlines):
    """What headers of the program declare and nothing in the program uses, other than itself."""
    called, named = collections.defaultdict(set), collections.defaultdict(set)
    for path, outline in outlines.items():
        if not within(path, PROGRAM):
            continue
        for name, inside, looks_called in outline.uses:
            (called if looks_called else named)[name].add(inside)
        for name in names_of_macros(texts[path]):
            called[name].add("a macro")
    for path, outline in outlines.items():
        if not path.endswith(".hpp") or not within(path, PROGRAM):
            continue
        for name, line in outline.declared.items():
            # The base class that calls an override may be a library's.
            if name in outline.overrides:
                continue
            users = called[name] | (set() if outline.kinds[name] == "function" else named[name])
            if name in UNUSED and users - {name}:
                yield in_use(name)
            if not users - {name} and name not in UNUSED:
                yield (path, line, f"the program does not use {name}; remove it, or say in UNUSED "
                       "of tools/tidy.py why it stays")


def without_comments(text):
    return "\n".join(line.split("//")[0] for line in text.splitlines())


def check_events(texts, page):
    """The events in the log against the page. A name that begins with a dot follows that of a store."""
    documented = dict(reversed([(event, number)
                                for number, line in enumerate(page.splitlines(), 1)
                                for event in re.findall(r"`([a-z_]+\.[a-z_]+)`", line.split(" | ")[0])
                                if line.startswith("| `")]))
    known = set()
    for path, text in texts.items():
        if not within(path, PROGRAM):
            continue
        text = without_comments(text)
        known.update(EVENT.findall(text))
        for call in LOG_CALL.finditer(text):
            for event in EVENT.findall(call.group(1)):
                if not any(name == event or event.startswith(".") and name.endswith(event)
                           for name in documented):
                    line = text.count("\n", 0, call.start()) + 1
                    yield path, line, f"the event {event} is not in {EVENTS_PAGE}; add it"
    for event, number in documented.items():
        if event not in known and event[event.index("."):] not in known:
            yield EVENTS_PAGE, number, f"the program does not log {event}; remove it"


def check_tree(texts, cmake_words):
    """What can be said only of all sources together."""
    outlines = {path: Outline(text) for path, text in texts.items()}
    for path, outline in outlines.items():
        yield from check_functions(path, outline)
    yield from check_folders(texts)
    yield from check_unused_files(texts, cmake_words)
    yield from check_unused_names(texts, outlines)


def read(root, path):
    with open(os.path.join(root, path), encoding="utf-8") as file:
        return file.read()


def findings(root):
    layers = Layers(read(root, "docs/layers.txt"))
    rfcs, wrong = read_index(read(root, "docs/rfc/index.tsv"))
    for number, what in wrong:
        yield "docs/rfc/index.tsv", number, what
    texts, cmake_words = {}, set()
    for path in source_files(root):
        try:
            text = read(root, path)
        except UnicodeDecodeError:
            yield path, 1, "is not UTF-8"
            continue
        lines = text.splitlines()
        found = list(check_any(path, lines, rfcs))
        if path.endswith("CMakeLists.txt"):
            cmake_words.update(re.findall(r"[\w.]+", text))
        if path.endswith(CPP):
            texts[path] = text
            found += check_cpp(path, lines, layers)
        for number, what in sorted(found):
            yield path, number, what
    yield from check_tree(texts, cmake_words)
    if os.path.exists(os.path.join(root, EVENTS_PAGE)):
        yield from check_events(texts, read(root, EVENTS_PAGE))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", default=os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    root = parser.parse_args().root
    count = 0
    for path, number, what in findings(root):
        print(f"{path}:{number}: {what}")
        count += 1
    print(f"tidy: {count} to fix" if count else "tidy: nothing to fix")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
