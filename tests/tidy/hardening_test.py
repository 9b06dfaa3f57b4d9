#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
"""Whether the programs named on the command line are hardened: read from their ELF headers, symbols and notes."""

import subprocess
import sys


def readelf(option, path):
    return subprocess.run(["readelf", "-W", option, path], check=True, capture_output=True,
                          text=True).stdout


# The mark for the loader (IBT, SHSTK) needs a libc that has it too, so the instructions are looked for.
ENDBR64 = b"\xf3\x0f\x1e\xfa"
LANDING_PADS_MIN = 1000


def landing_pads(path):
    with open(path, "rb") as file:
        return file.read().count(ENDBR64)


def faults(path):
    """What `path` lacks, one sentence each."""
    header, segments = readelf("-h", path), readelf("-l", path)
    dynamic, symbols = readelf("-d", path), readelf("--dyn-syms", path)
    stack = [line for line in segments.splitlines() if "GNU_STACK" in line]
    found = []
    if "DYN (" not in header:
        found.append("is not position-independent: it is loaded at a fixed address")
    if "GNU_RELRO" not in segments:
        found.append("has no RELRO segment: its relocations stay writable")
    if "BIND_NOW" not in dynamic and "NOW" not in dynamic:
        found.append("binds lazily: the table of functions stays writable")
    if not stack or "E" in stack[0].split()[-2]:
        found.append("has an executable stack")
    if "__stack_chk_fail" not in symbols:
        found.append("has no stack protector")
    if "_chk@" not in symbols.replace("__stack_chk_fail@", ""):
        found.append("calls none of the checked functions of the libc (_FORTIFY_SOURCE)")
    if "__glibcxx_assert_fail" not in symbols:
        found.append("does not check the use of containers (_GLIBCXX_ASSERTIONS)")
    if "X86-64" in header and landing_pads(path) < LANDING_PADS_MIN:
        found.append("has no landing pads for indirect jumps (-fcf-protection)")
    return found


def main():
    failed = False
    for path in sys.argv[1:]:
        for fault in faults(path):
            print(f"{path} {fault}")
            failed = True
    return 1 if failed or len(sys.argv) < 2 else 0


sys.exit(main())
