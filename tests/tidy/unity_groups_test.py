#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
"""Which sources cmake/unity_groups.py compiles as one, in small trees made for it."""

import os
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "cmake"))
import unity_groups  # noqa: E402


def unnamed(text):
    return f"namespace x {{\nnamespace {{\n\n{text}\n\n}}  // namespace\n}}  // namespace x\n"


def groups(files, size=8):
    """The groups among the sources of `files` (name -> text), as names without `.cpp`."""
    with tempfile.TemporaryDirectory() as root:
        for name, text in files.items():
            with open(os.path.join(root, name), "w", encoding="utf-8") as file:
                file.write(text)
        sources = [unity_groups.Source(root, os.path.join(root, name))
                   for name in files if name.endswith(".cpp")]
        return [[os.path.basename(s.path).removesuffix(".cpp") for s in group]
                for group in unity_groups.groups_of(sources, size)]


# (what, first source, second source, header, whether the sources can be one)
CASES = [
    ("nothing in common", unnamed("int a() { return 1; }"), unnamed("int b() { return 1; }"), "", True),
    ("the same function", unnamed("int a() { return 1; }"), unnamed("int a() { return 2; }"), "", False),
    ("after a function's end", unnamed("int c() {\n}\n\nint a();"), unnamed("int a();"), "", False),
    ("the same constant", unnamed("constexpr int limit = 1;"), unnamed("const long limit{2};"), "", False),
    ("the same type", unnamed("struct row final : base {\n};"), unnamed("class row {\n};"), "", False),
    ("an alias", unnamed("using row = int;"), unnamed("struct row {\n};"), "", False),
    ("an enumerator", unnamed("enum class e { red };\nenum f { blue };"), unnamed("int blue;"), "", False),
    ("static", "static int a() { return 1; }\n", "static int a() { return 2; }\n", "", False),
    ("a macro", "#define SIZE 1\n", "int SIZE_OF;\nint SIZE;\n", "", False),
    ("the other one's local", unnamed("int rows = 1;"), "int f() {\n  int rows = 2;\n  return rows;\n}\n", "", False),
    ("the other one's call", unnamed("int show(int);"), "int f() {\n  return show(1L);\n}\n", "", False),
    ("a header's function", unnamed("int show(int);"), '#include "h.hpp"\n', "int show(long);\n", False),
    ("a header's member", unnamed("int show(int);"), '#include "h.hpp"\n', "struct s {\n  int show();\n};\n", True),
    ("in a comment", unnamed("int rows = 1;"), "// rows of text\nint f();\n", "", True),
    ("in a string", unnamed("int rows = 1;"), 'const char* f = "rows";\n', "", True),
    ("the same using", "using std::chrono::seconds;\n", "using std::chrono::seconds;\n", "", True),
    ("using and a name", "using schema::key;\n", unnamed("int key = 1;"), "", False),
    ("using of std and a use", "using std::chrono::seconds;\n", "std::chrono::seconds f();\n", "", True),
    ("using of std and a name", "using std::chrono::seconds;\n", unnamed("int seconds = 1;"), "", False),
    ("the same alias", unnamed("using row = int;"), unnamed("using row =  int;"), "", True),
    ("another alias", unnamed("using row = int;"), unnamed("using row = long;"), "", False),
    ("a qualified use", unnamed("int rows = 1;"), "int f() {\n  return other::rows;\n}\n", "", True),
    ("a member's use", unnamed("int rows = 1;"), "int f(page& p) {\n  return p.rows;\n}\n", "", True),
    ("a header of both", '#include "h.hpp"\n' + unnamed("int show(int);"), '#include "h.hpp"\n',
     "int show(long);\n", True),
    ("a parameter's value", unnamed("int f(int rows = 1) {\n}"), "int g(int rows) {\n}\n", "", True),
    ("a constructed value", unnamed("constexpr auto wait = seconds(1);"), "int g(int seconds) {\n}\n", "", True),
    ("a name that std has, too", unnamed("int quoted(int);"), "int f();\n", "", False),
    ("the logger", unnamed('const logger log_("a");'), unnamed('const logger log_("b");'), "", True),
    ("the logger and a header", unnamed('const logger log_("a");'),
     '#include "h.hpp"\n' + unnamed('const logger log_("b");'), "struct s {\n  int log_;\n};\n", False),
    ("using enum", '#include "h.hpp"\nusing enum colour;\n', unnamed("int blue = 1;"),
     "enum class colour {\n  red,\n  blue\n};\n", False),
]


class Groups(unittest.TestCase):
    def test_cases(self):
        for what, first, second, header, one in CASES:
            with self.subTest(what):
                found = groups({"h.hpp": header, "a.cpp": first, "b.cpp": second})
                self.assertEqual(found, [["a", "b"]] if one else [])

    def test_order_makes_no_difference(self):
        for what, first, second, header, one in CASES:
            with self.subTest(what):
                found = groups({"h.hpp": header, "a.cpp": second, "b.cpp": first})
                self.assertEqual(found, [["a", "b"]] if one else [])

    def test_groups_have_the_size_that_was_asked_for(self):
        files = {f"{name}.cpp": unnamed(f"int {name};") for name in ("p", "q", "r", "s", "t")}
        self.assertEqual(groups(files, 2), [["p", "q"], ["r", "s"]])


if __name__ == "__main__":
    unittest.main()
