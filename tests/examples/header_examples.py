#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
"""header_examples.py [--root FOLDER] [--only PART] --compiler 'c++ FLAGS…' --scratch FOLDER

Compiles the examples in the comments at the head of the program's headers: a reader copies them.
Nothing is linked or run. What an example takes as given is in presumed.txt; `…` stands for what it
leaves out. Errors have the line of the header. Ends with 1 if one does not compile.
"""

import argparse
import concurrent.futures
import os
import re
import shlex
import subprocess
import sys

FOLDERS = ["base", "proto", "model", "routing", "storage", "cluster", "net", "monitoring", "actors", "api", "apps"]
# Headers that are compiled together: including them is what takes the time.
TOGETHER = [["base", "proto", "model", "routing", "monitoring"], ["storage", "net", "cluster"], ["actors"], ["api"],
            ["apps"]]
EXAMPLE_LINE = re.compile(r"^//     (.*)$")
# The last one is the header's own: those before it declare names of others.
NAMESPACE = re.compile(r"^namespace (signpost[\w:]*) \{", re.M)

COMMON = """
namespace signpost::presumed {
// Whatever is wanted of it.
struct anything {
  template <typename T> operator T&() const;
  template <typename T> anything(const T&);
  anything();
};
extern const anything whatever;
}
"""


def blocks_of(text):
    """The examples of a header: lists of (line number, text), from the comment at its head."""
    block = []
    for number, line in enumerate(text.split("#pragma once")[0].splitlines(), 1):
        found = EXAMPLE_LINE.match(line)
        if found:
            block.append((number, found.group(1)))
        elif block and line.strip() == "//":
            block.append((number, ""))
        elif block:
            yield block
            block = []
    if block:
        yield block


def is_code(block):
    """False for tables, drawings and other languages: no line of theirs ends as one of C++."""
    return any(re.search(r";\s*(?:}.*)?$", line.split("//")[0]) for _, line in block)


def filled_in(line):
    """The line with something in place of each `…`."""
    code, slashes, comment = line.partition("//")
    code = re.sub(r"\(\s*…[^()]*\)", "(whatever)", code)
    code = re.sub(r"\{\s*…[^{}]*\}", "{}", code)
    code = re.sub(r",\s*…(?=\s*[})])", "", code)
    code = re.sub(r"=\s*…", "= whatever", code)
    code = re.sub(r"…\s*,", "", code)
    code = re.sub(r"…[^…;{}()]*…", ";", code)
    return code.replace("…", ";") + slashes + comment


def read_presumed(text):
    """header -> its lines; all that may follow `any` and `calls` are names."""
    presumed, lines = {}, None
    for line in text.splitlines():
        if line.startswith("== "):
            lines = presumed.setdefault(line[3:].strip(), [])
        elif line.strip() and not line.startswith("#"):
            lines.append(line)
    return presumed


def declarations(lines):
    """(what stands before the example's function, its head; empty: the example has one itself)"""
    out, returned = ["using presumed::whatever;"], "result<int>"
    for line in lines:
        word, _, rest = line.partition(" ")
        if word == "any":
            out += [f"extern presumed::anything {name};" for name in rest.split()]
        elif word == "calls":
            out += [f"template <typename... T> presumed::anything {name}(const T&...);"
                    for name in rest.split()]
        elif word in ("returns", "outside"):
            returned = rest
        elif word != "include":
            out.append(line)
    return out, returned


def translation_unit(root, headers, presumed):
    out = [f'#include "{path}"' for path, _, _ in headers]
    for path, _, _ in headers:
        out += [f"#{line}" for line in presumed.get(path, []) if line.startswith("include ")]
    out.append(COMMON)
    for number, (path, space, blocks) in enumerate(headers):
        before, returned = declarations(presumed.get(path, []))
        out += [f"namespace {space} {{ namespace example_{number} {{"] + before
        for index, block in enumerate(blocks):
            out.append(f"{returned} shown_{index}() {{" if returned else "")
            out += [f'#line {block[0][0]} "{os.path.join(root, path)}"']
            out += [filled_in(line) for _, line in block]
            out += ["}" if returned else "", '#line 1 "presumed.txt"']
        out.append("}}")
    return "\n".join(out)


def headers_below(root, folder):
    for place, folders, names in sorted(os.walk(os.path.join(root, folder))):
        folders.sort()
        for name in sorted(names):
            if name.endswith(".hpp"):
                yield os.path.relpath(os.path.join(place, name), root)


def examples(root, folders):
    found = []
    for folder in folders:
        for path in headers_below(root, folder):
            with open(os.path.join(root, path), encoding="utf-8") as file:
                text = file.read()
            blocks = [block for block in blocks_of(text) if is_code(block)]
            if blocks:
                found.append((path, NAMESPACE.findall(text)[-1], blocks))
    return found


def compiled(compiler, scratch, name, text):
    source = os.path.join(scratch, name + "_examples.cpp")
    with open(source, "w", encoding="utf-8") as file:
        file.write(text)
    # An object file, though nobody links it: what a compiler cache keeps.
    return subprocess.run(compiler + ["-w", "-c", source, "-o", source + ".o"],
                          capture_output=True, text=True, check=False)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    here = os.path.dirname(os.path.abspath(__file__))
    parser.add_argument("--root", default=os.path.dirname(os.path.dirname(here)))
    parser.add_argument("--compiler", required=True)
    parser.add_argument("--scratch", required=True)
    parser.add_argument("--only", default="")
    given = parser.parse_args()
    with open(os.path.join(here, "presumed.txt"), encoding="utf-8") as file:
        presumed = read_presumed(file.read())
    units, count = [], 0
    for folders in TOGETHER:
        found = [one for one in examples(given.root, folders) if given.only in one[0]]
        count += sum(len(blocks) for _, _, blocks in found)
        if found:
            units.append((folders[0], translation_unit(given.root, found, presumed)))
    command = shlex.split(given.compiler)
    os.makedirs(given.scratch, exist_ok=True)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        runs = list(pool.map(lambda unit: compiled(command, given.scratch, *unit), units))
    for run in runs:
        sys.stdout.write(run.stderr)
    wrong = sum(run.returncode != 0 for run in runs)
    print(f"{count} examples" + (": some do not compile" if wrong else " compile"))
    return 1 if wrong or count == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
