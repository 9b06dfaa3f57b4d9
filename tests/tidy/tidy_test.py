#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
"""What tools/tidy.py finds in small trees made for it."""

import os
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tools"))
import tidy  # noqa: E402

HEAD = "".join(f"// {line}\n" for line in tidy.SPDX)
LAYERS = "base:\nproto: base\nproto/dns: base\nnet: base proto/dns\ntests: *\n<openssl/: net tests\n"
INDEX = "number\ttitle\tsupport\tnote\n5321\tSMTP\tyes\n"


def found_in(files):
    """`path:line: what` of each finding in a tree with `files` (path -> text)."""
    with tempfile.TemporaryDirectory() as root:
        tree = {"docs/layers.txt": LAYERS, "docs/rfc/index.tsv": INDEX, **files}
        for path, text in tree.items():
            place = os.path.join(root, path)
            os.makedirs(os.path.dirname(place), exist_ok=True)
            with open(place, "w", encoding="utf-8") as file:
                file.write(text)
        return [f"{path}:{line}: {what}" for path, line, what in tidy.findings(root)]


# (name, path, text, what the one finding says; empty = nothing is found)
CASES = [
    ("own folder", "net/a.cpp", HEAD + '#include "net/b.hpp"\n', ""),
    ("folder below", "net/a.cpp", HEAD + '#include "base/b.hpp"\n', ""),
    ("folder above", "base/a.cpp", HEAD + '#include "net/b.hpp"\n', "base/a.cpp:3: \"net/b.hpp\""),
    ("the particular entry counts", "net/a.cpp", HEAD + '#include "proto/smtp/b.hpp"\n',
     "net/a.cpp:3: \"proto/smtp/b.hpp\" is not below net"),
    ("allowed sub-folder", "net/a.cpp", HEAD + '#include "proto/dns/b.hpp"\n', ""),
    ("tests may all", "tests/a.cpp", HEAD + '#include "net/b.hpp"\n', ""),
    ("folder without entry", "new/a.cpp", HEAD + '#include "base/b.hpp"\n', "add it"),
    ("fenced library", "base/a.cpp", HEAD + "#include <openssl/ssl.h>\n", "in net tests only"),
    ("library in its place", "net/a.cpp", HEAD + "#include <openssl/ssl.h>\n", ""),
    ("no SPDX", "base/a.cpp", "int a;\n", "base/a.cpp:1: the two SPDX lines"),
    ("no SPDX in a script", "tools/x", "#!/bin/sh\n", "tools/x:1: the two SPDX lines"),
    ("regex", "base/a.cpp", HEAD + "std::regex r;\n", "std::regex"),
    ("regex in a comment", "base/a.cpp", HEAD + "// no std::regex here\n", ""),
    ("regex in a string", "base/a.cpp", HEAD + 'f("std::regex");\n', ""),
    ("rand", "base/a.cpp", HEAD + "int a = rand();\n", "rand()"),
    ("a word that ends in rand", "base/a.cpp", HEAD + "int a = strand();\n", ""),
    ("sleep", "net/a.cpp", HEAD + "std::this_thread::sleep_for(x);\n", "sleeping"),
    ("system", "net/a.cpp", HEAD + "std::system(x);\n", "a shell"),
    ("a member named system", "net/a.cpp", HEAD + "  system(config) {\n", ""),
    ("wall clock", "net/a.cpp", HEAD + "auto t = std::chrono::system_clock::now();\n",
     "wall clock"),
    ("wall clock in base", "base/a.cpp", HEAD + "std::chrono::system_clock::now();\n", ""),
    ("C", "base/a.cpp", HEAD + "strcpy(a, b);\n", "unsafe call"),
    ("using namespace", "base/a.cpp", HEAD + "using namespace std;\n", "using namespace"),
    ("literals", "base/a.cpp", HEAD + "using namespace std::chrono_literals;\n", ""),
    ("marker", "base/a.cpp", HEAD + "// TODO: all\n", "unfinished work"),
    ("listed RFC", "base/a.cpp", HEAD + "// RFC 5321 §4\n", ""),
    ("unlisted RFC", "docs/a.md", "RFC 5322 says\n", "docs/a.md:1: RFC 5322 stands not"),
    ("100 columns", "base/a.cpp", HEAD + "//" + "ä" * 98 + "\n", ""),
    ("101 columns", "base/a.cpp", HEAD + "//" + "ä" * 99 + "\n", "101 columns"),
    ("bad index", "docs/rfc/index.tsv", INDEX + "5322\tIMF\tperhaps\n", "wants number"),
    ("index twice", "docs/rfc/index.tsv", INDEX + "5321\tSMTP\tno\n", "twice"),
    ("build folders are passed over", "build/a.cpp", "std::regex r;\n", ""),
]


class Tidy(unittest.TestCase):
    def test_findings(self):
        for name, path, text, said in CASES:
            with self.subTest(name):
                found = found_in({path: text})
                if said:
                    self.assertEqual(len(found), 1, found)
                    self.assertIn(said, found[0])
                else:
                    self.assertEqual(found, [])


if __name__ == "__main__":
    unittest.main()
