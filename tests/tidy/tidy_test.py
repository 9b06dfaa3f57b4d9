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

tidy.LARGE_FOLDERS = {}
tidy.UNUSED = {"known": "a test says so"}
HEAD = "".join(f"// {line}\n" for line in tidy.SPDX)
LAYERS = "base:\nproto: base\nproto/dns: base\nnet: base proto/dns\ntests: *\n<openssl/: net tests\n"
INDEX = "number\ttitle\tsupport\tnote\n5321\tSMTP\tyes\n"


def found_in(files):
    """`path:line: what` of each finding in a tree with `files` (path -> text)."""
    with tempfile.TemporaryDirectory() as root:
        tree = {"docs/layers.txt": LAYERS, "docs/rfc/index.tsv": INDEX, "CMakeLists.txt": "a.cpp",
                **files}
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
    ("a decision with its number", "docs/decisions/0003-a-b.md", "# 3. A b\n", ""),
    ("a decision without it", "docs/decisions/0003-a-b.md", "# A b\n", "must be `# 3. Title`"),
    ("a decision with another", "docs/decisions/0013-a-b.md", "# 3. A b\n", "must be `# 13. Title`"),
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
    ("unlisted RFC", "docs/a.md", "RFC 5322 says\n", "docs/a.md:1: RFC 5322 is not"),
    ("100 columns", "base/a.cpp", HEAD + "//" + "ä" * 98 + "\n", ""),
    ("101 columns", "base/a.cpp", HEAD + "//" + "ä" * 99 + "\n", "101 columns"),
    ("bad index", "docs/rfc/index.tsv", INDEX + "5322\tIMF\tperhaps\n", "must have number"),
    ("index twice", "docs/rfc/index.tsv", INDEX + "5321\tSMTP\tno\n", "more than once"),
    ("70 lines", "base/a.cpp", HEAD + "void f() {\n" + "  g();\n" * 68 + "}\n", ""),
    ("71 lines", "base/a.cpp", HEAD + "void x::f()\n    const {\n" + "  g();\n" * 68 + "}\n",
     "base/a.cpp:3: f has 71 lines"),
    ("71 lines with a constructor's initialisers", "base/a.cpp",
     HEAD + "x::x() : a_{1},\n b_(2) {\n" + "  g();\n" * 68 + "}\n", "x has 71 lines"),
    ("a long class has short functions", "base/a.cpp",
     HEAD + "class x {\n" + "  int f() { return 1; }\n" * 80 + "};\n", ""),
    ("a source that is not built", "base/b.cpp", HEAD, "no CMakeLists.txt names it"),
    ("a header that nothing includes", "base/b.hpp", HEAD, "the program does not include it"),
    ("build folders are passed over", "build/a.cpp", "std::regex r;\n", ""),
]


# What a header declares: (name, its text, that of a source of the program that includes it, that of
# a test, which of the names is not used).
USES = [
    ("called", "int f();", "int g() { return f(); }", "", ""),
    ("called by nobody", "int f();", "", "", "f"),
    ("called by a test", "int f();", "", "int g() { return f(); }", "f"),
    ("only defined", "int f();", "int f() { return 1; }", "", "f"),
    ("calls itself", "int f(int);", "int f(int n) { return f(n - 1); }", "", "f"),
    ("the name of a variable", "int f();", "int g() { int f = 1; return 2; }", "", "f"),
    ("in a comment", "int f();", "// f()", "", "f"),
    ("in a string", "int f();", 'auto s = g("f()");', "", "f"),
    ("in a raw string", "int f();", 'auto s = g(R"(f())");', "", "f"),
    ("in a macro", "int f();\n#define G() f()", "", "", ""),
    ("handed over", "int f();", "int g() { return h(f, 1); }", "", ""),
    ("a member that is called", "class x { void f() const; };", "void g(x& a) { a.f(); }", "", ""),
    ("a member that is not", "class x { int f() const { return 1; } };", "x a;", "", "f"),
    ("a constructor", "class x { public: x(); ~x(); };", "x::x() : a_{1} {} x b;", "", ""),
    ("an operator", "class x { bool operator==(const x&) const; };", "x a;", "", ""),
    ("of a base class", "class x { virtual void f() = 0; };", "void g(x& a) { a.f(); }", "", ""),
    ("of a base class, not called", "class x { virtual void f() = 0; };",
     "class y : x { void f() override {} };", "", "f"),
    ("a library calls it", "class x : y { void f() override; };", "x a;", "", ""),
    ("a type", "struct x {};", "x a;", "", ""),
    ("a type that nobody needs", "struct x {};", "", "", "x"),
    ("a constant", "inline constexpr int x = 1;", "int a = x;", "", ""),
    ("a constant that nobody needs", "inline constexpr int x = 1;", "", "", "x"),
    ("a template", "template <typename T, int N = 1> std::vector<T> f(T a);", "auto a = f(1);", "",
     ""),
]


class Tidy(unittest.TestCase):
    def test_unused_names(self):
        for name, header, source, test, unused in USES:
            with self.subTest(name):
                include = HEAD + '#include "base/b.hpp"\nnamespace n {\n'
                found = found_in({"base/b.hpp": HEAD + "namespace n {\n" + header + "\n}\n",
                                  "base/a.cpp": include + source + "\n}\n",
                                  "tests/b_test.cpp": include + test + "\n}\n"})
                if unused:
                    self.assertEqual(len(found), 1, found)
                    self.assertIn(f"base/b.hpp:4: the program does not use {unused};", found[0])
                else:
                    self.assertEqual(found, [])

    def test_what_is_known_to_be_unused(self):
        header = HEAD + "void known();\n"
        source = HEAD + '#include "base/b.hpp"\n'
        self.assertEqual(found_in({"base/b.hpp": header, "base/a.cpp": source}), [])
        found = found_in({"base/b.hpp": header, "base/a.cpp": source + "void f() { known(); }\n"})
        self.assertEqual(found, ["tools/tidy.py:1: known is in use; remove it from UNUSED"])

    def test_large_folders(self):
        files = {f"tests/x/{n}.cpp": HEAD for n in range(tidy.FOLDER_SOURCES_MAX)}
        self.assertEqual(found_in(files), [])
        files["tests/x/more.cpp"] = HEAD
        self.assertIn("tests/x:1: ", found_in(files)[0])

    def test_events(self):
        page = "| Event | Level |\n|---|---|\n| `a.b` | info |\n"
        logs = 'void f() {\n  log_.info("a.b",\n            {{"c.d", 1}});\n}\n'
        store = 'void f() {\n  log_.error(store_ + ".b", {});\n}\n'
        # (name, the source, the page, what is found)
        for name, source, text, said in [
                ("on the page", logs, page, ""),
                ("of a store", store, page, ""),
                ("not on the page", logs.replace("a.b", "a.c"), page + "| `a.c` and `a.d` | x |\n"
                 "| words | `c.d` |\n", "log.md:3: the program does not log a.b"),
                ("missing", logs + 'int g() { logger("x").error("e.f", {}); }\n', page,
                 "base/a.cpp:7: the event e.f is not in"),
                ("one of two", logs.replace('"a.b"', 'x ? "a.b" : "e.f"'), page,
                 "base/a.cpp:4: the event e.f"),
                ("in a comment", "// log_.info(\"e.f\", {});\n" + logs, page, ""),
                ("debug", logs + 'int g() { log_.debug("e.f", {}); }\n', page, "")]:
            with self.subTest(name):
                found = [one for one in found_in({"base/a.cpp": HEAD + source,
                                                  tidy.EVENTS_PAGE: text})
                         if "event" in one or "log.md" in one]
                if said:
                    self.assertIn(said, "\n".join(found))
                else:
                    self.assertEqual(found, [])

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
