#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
"""Every program of bench/ and tools/ says what it is for, on a machine that has nothing else.

    tests/tidy/help_test.py

Each is asked for --help with an empty PATH (scripts of the shell: with cat, dirname and sed alone), in
an empty folder, and with no build. So a broken import, a default that must be looked up, a program
that is missing, or work that begins before the question is read is found.
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOR_SHELLS = ("bash", "cat", "dirname", "env", "sed")


def programs():
    for folder in ("tools", "bench", "bench/peers"):
        for path in sorted((ROOT / folder).iterdir()):
            if not path.is_file():
                continue
            text = path.read_bytes()
            first = text.split(b"\n", 1)[0]
            if b"python3" in first or (path.suffix == ".py" and b"__main__" in text):
                yield path, [sys.executable, "-B"]
            elif first.startswith(b"#!") and (folder == "tools" or path.suffix == ".sh"):
                yield path, [shutil.which("bash")]


class HelpTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="signpost-help-"))
        self.addCleanup(shutil.rmtree, self.folder)
        (self.folder / "bin").mkdir()
        (self.folder / "cwd").mkdir()

    def ask(self, path, by):
        environment = {"PATH": str(self.folder / "bin"), "HOME": str(self.folder / "cwd"),
                       "SIGNPOST_BUILD_DIR": str(self.folder / "no-build"), "LC_ALL": "C.UTF-8"}
        return subprocess.run([*by, str(path), "--help"], cwd=self.folder / "cwd", env=environment,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30,
                              check=False)

    def offer(self, names):
        for link in (self.folder / "bin").iterdir():
            link.unlink()
        for name in names:
            (self.folder / "bin" / name).symlink_to(shutil.which(name))

    def test_every_program_answers_help(self):
        asked = list(programs())
        self.assertGreater(len(asked), 12)
        for path, by in asked:
            self.offer(FOR_SHELLS if by[0].endswith("bash") else ())
            with self.subTest(program=str(path.relative_to(ROOT))):
                got = self.ask(path, by)
                self.assertEqual(got.returncode, 0, got.stdout + got.stderr)
                self.assertEqual(got.stderr, "")
                self.assertIn(path.name, got.stdout)
                self.assertGreater(len(got.stdout.splitlines()), 3, got.stdout)
                self.assertEqual(list((self.folder / "cwd").iterdir()), [], "it has begun to work")


if __name__ == "__main__":
    unittest.main()
