#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
"""bench/peers can start: the packages that its peers install have every library that the program
names. Where the distribution has other versions of them there is nothing to compare.

    peer_packages_test.py SIGNPOSTD
"""
import pathlib
import re
import shutil
import subprocess
import sys
import unittest

PEERS = pathlib.Path(__file__).resolve().parents[2] / "bench/peers"
# In every root.
ESSENTIAL = {"libc6", "libgcc-s1"}


def output(*arguments):
    return subprocess.run(arguments, capture_output=True, text=True, check=True).stdout


def packages_of(program):
    """Packages of the libraries that the program itself names."""
    named = set(re.findall(r"NEEDED.*\[(.+)\]", output("readelf", "-d", program)))
    found = {}
    for line in output("ldd", program).splitlines():
        library = re.match(r"\s*(\S+) => (/\S+)", line)
        if library and library[1] in named:
            path = pathlib.Path(library[2])
            for place in (path, path.resolve(), pathlib.Path("/usr" + str(path))):
                owner = subprocess.run(["dpkg", "-S", str(place)], capture_output=True, text=True,
                                       check=False)
                if owner.returncode == 0:
                    found[library[1]] = owner.stdout.split(":")[0]
                    break
    return found


class PeerPackages(unittest.TestCase):
    def test_every_library_comes_with_a_package(self):
        needed = {p for p in packages_of(PROGRAM).values() if p not in ESSENTIAL}
        self.assertTrue(needed)
        for conf in sorted(PEERS.glob("*/peer.conf")):
            installed = set(re.search(r"^packages=(.*)$", conf.read_text(), re.M)[1].split())
            if not installed & needed:
                self.skipTest("another distribution")
            self.assertEqual(sorted(needed - installed), [], conf)


if __name__ == "__main__":
    if len(sys.argv) != 2 or not shutil.which("dpkg") or not shutil.which("readelf"):
        print("skipped: needs a program, dpkg and readelf")
        sys.exit(77)
    PROGRAM = sys.argv.pop()
    unittest.main()
