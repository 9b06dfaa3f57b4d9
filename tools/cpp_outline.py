# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
"""What a C++ source declares, which functions it defines over which lines, and which names it uses.

A reader of this tree's own style and no compiler: it knows namespaces, classes, functions and their
bodies, and takes names for what they look like. Macros are not expanded. Tools that need more than
names must ask the compiler.
"""

import re

TOKEN = re.compile(
    r'(?P<space>\s+)'
    r'|(?P<comment>//[^\n]*|/\*.*?\*/)'
    r'|(?P<raw>R"(?P<mark>[^()\\\s]*)\(.*?\)(?P=mark)")'
    r'|(?P<text>"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)+\')'
    r'|(?P<number>\d[\w.\']*)'
    r'|(?P<name>[A-Za-z_]\w*)'
    r'|(?P<mark2>::|->|<=>|&&|\|\||==|!=|<=|>=|\+=|-=|.)', re.S)
DIRECTIVE = re.compile(r'^[ \t]*#(?:[^\n\\]|\\.)*$', re.M | re.S)
OPEN, CLOSE = {"(": ")", "[": "]", "{": "}"}, {")", "]", "}"}
BEFORE_A_USE = {"return", "else", "throw", "case", "new", "not", "and", "or", "delete", "do"}


class Function:
    """A function with a body: its name and the lines from its head to its last brace."""

    def __init__(self, name, first, last):
        self.name, self.first, self.last = name, first, last

    def lines(self):
        return self.last - self.first + 1


class Outline:
    """declared: name -> line, of functions, types and constants of namespaces and classes, and
    kinds: name -> which of these; functions: those with bodies; uses: set of (name, name of the
    function that it is in, whether it looks like a use and no declaration)."""

    def __init__(self, text):
        self.declared, self.overrides, self.functions, self.uses = {}, set(), [], set()
        self.kinds = {}
        self._tokens = list(tokens_of(text))
        self._scope(0, len(self._tokens), "")

    def _scope(self, at, end, own):
        """A namespace's or a class's members; `own` is the class's name."""
        while at < end:
            at = self._declaration(at, end, own)

    def _declaration(self, at, end, own):
        """One declaration from `at` on; where the next one begins."""
        word = self._tokens[at][0]
        if word in (";", "}"):
            return at + 1
        if word in ("public", "private", "protected") and self._is(at + 1, ":"):
            return at + 2
        head = self._head(at, end)
        words = [self._tokens[i][0] for i in head]
        stop = head[-1] + 1 if head else at
        # A head ends before `;` or `{`; see which, and what kind of thing it declares.
        mark = self._tokens[stop][0] if stop < end else ";"
        if words[:1] == ["namespace"] or words[:2] in (["inline", "namespace"], ["extern", '""']):
            if mark != "{":
                return stop + 1
            close = self._close(stop, end)
            self._scope(stop + 1, close, "")
            return close + 1
        plain = self._without_templates(head)
        names = [self._tokens[i][0] for i in plain]
        kind = next((w for w in names if w in ("class", "struct", "union", "enum")), "")
        name_at = self._function_name(plain)
        if kind and name_at is None:
            return self._type(plain, names, kind, stop, mark, end)
        if words[0] in ("using", "typedef", "static_assert", "friend"):
            return self._other(words, head, stop, mark, end)
        if name_at is not None:
            return self._function(head, name_at, stop, mark, end, own)
        return self._variable(head, plain, stop, mark, end)

    def _head(self, at, end):
        """The tokens up to the `;` or the `{` that opens a body, leaving out attributes."""
        found, depth, initialisers = [], 0, False
        while at < end:
            word = self._tokens[at][0]
            if depth == 0 and word == ";":
                break
            if depth == 0 and word == "{":
                before = self._tokens[at - 1][0]
                if initialisers and (before.isidentifier() or before == ">"):
                    close = self._close(at, end)
                    found.extend(range(at, close + 1))
                    at = close + 1
                    continue
                break
            if word == "[" and self._is(at + 1, "[") and depth == 0:
                at = self._close(at, end) + 1
                continue
            if word in ("(", "["):
                depth += 1
            elif word in (")", "]"):
                depth -= 1
            elif word == "{":
                close = self._close(at, end)
                found.extend(range(at, close + 1))
                at = close + 1
                continue
            elif word == ":" and depth == 0 and self._tokens[at - 1][0] in (")", "noexcept"):
                initialisers = True
            found.append(at)
            at += 1
        return found

    def _without_templates(self, head):
        """`head` without what stands between < and > (as far as they are brackets here)."""
        plain, depth, parens = [], 0, 0
        for i in head:
            word = self._tokens[i][0]
            if parens == 0 and word == "<" and self._tokens[i - 1][0] != "operator":
                depth += 1
            elif parens == 0 and word == ">" and depth > 0:
                depth -= 1
            elif depth == 0:
                if word == "(":
                    parens += 1
                elif word == ")":
                    parens -= 1
                plain.append(i)
        return plain

    def _function_name(self, plain):
        """Position of the declared function's name; None if it is not a function."""
        for k, i in enumerate(plain):
            word = self._tokens[i][0]
            if word in ("=", "operator"):
                return i if word == "operator" else None
            if word == "(" and k > 0:
                before = self._tokens[plain[k - 1]][0]
                if before in ("noexcept", "decltype", "requires", "explicit", "alignas"):
                    continue
                return plain[k - 1] if before.isidentifier() else None
        return None

    def _type(self, plain, names, kind, stop, mark, end):
        after = names.index(kind) + 1
        if kind == "enum" and after < len(names) and names[after] in ("class", "struct"):
            after += 1
        name = names[after] if after < len(names) and names[after].isidentifier() else ""
        if mark != "{":
            return stop + 1  # declared only; its definition counts
        if name and kind != "union":
            self._declare(name, "type", self._tokens[plain[0]][1])
        self._use(range(plain[after] + 1 if after < len(plain) else stop, stop), "")
        close = self._close(stop, end)
        if kind == "enum":
            self._use(range(stop, close), "")
        else:
            self._scope(stop + 1, close, name)
        return close + 1

    def _other(self, words, head, stop, mark, end):
        if words[0] == "using" and "=" in words:
            at = words.index("=")
            self._declare(words[1], "type", self._tokens[head[0]][1])
            head = head[at:]
        self._use(head, "")
        if mark == "{":
            close = self._close(stop, end)
            self._use(range(stop, close), "")
            return close + 1
        return stop + 1

    def _function(self, head, name_at, stop, mark, end, own):
        name, line = self._tokens[name_at]
        before = self._tokens[name_at - 1][0] if name_at > 0 else ""
        words = [self._tokens[i][0] for i in head]
        special = name in ("operator", own) or before == "~" or name.isupper()
        # `x::x(` defines a constructor.
        if before == "::" and self._tokens[name_at - 2][0] == name:
            special = True
        if not special:
            self._declare(name, "function", line)
            if "override" in words:
                self.overrides.add(name)
        self._use((i for i in head if i != name_at), name)
        if mark != "{":
            return stop + 1
        close = self._close(stop, end)
        self._use(range(stop, close), name)
        self.functions.append(Function(name, self._tokens[head[0]][1], self._tokens[close][1]))
        return close + 1

    def _variable(self, head, plain, stop, mark, end):
        words = [self._tokens[i][0] for i in plain]
        cut = words.index("=") if "=" in words else len(words)
        names = [k for k in range(cut) if words[k].isidentifier()]
        if "constexpr" in words[:cut] and names:
            self._declare(words[names[-1]], "constant", self._tokens[plain[names[-1]]][1])
            own = plain[names[-1]]
        else:
            own = plain[names[-1]] if names else -1
        self._use((i for i in head if i != own), "")
        while mark == "{":
            close = self._close(stop, end)
            self._use(range(stop, close), "")
            stop = close + 1
            while stop < end and self._tokens[stop][0] not in (";", "{"):
                stop += 1
            mark = self._tokens[stop][0] if stop < end else ";"
        return stop + 1

    def _declare(self, name, kind, line):
        self.declared.setdefault(name, line)
        self.kinds.setdefault(name, kind)

    def _use(self, places, inside):
        for i in places:
            name = self._tokens[i][0]
            if name[0].isalpha() or name[0] == "_":
                self.uses.add((name, inside, self._looks_called(i)))

    def _looks_called(self, i):
        """False if the name at `i` is declared here: a type or a name stands before it."""
        before = self._tokens[i - 1][0] if i > 0 else ""
        after = self._tokens[i + 1][0] if i + 1 < len(self._tokens) else ""
        if (before.isidentifier() and before not in BEFORE_A_USE) or before == ">":
            return before == ">" and after == "("
        return after not in ("=",) and not (before == "." and after in ("=", "{"))

    def _close(self, at, end):
        depth = 0
        for i in range(at, end):
            word = self._tokens[i][0]
            if word in OPEN:
                depth += 1
            elif word in CLOSE:
                depth -= 1
                if depth == 0:
                    return i
        return end - 1

    def _is(self, at, word):
        return at < len(self._tokens) and self._tokens[at][0] == word


def blank(match):
    return "\n" * match.group(0).count("\n")


def tokens_of(text):
    """(word, line) without comments and directives; a string is `""`."""
    line = 1
    for found in TOKEN.finditer(DIRECTIVE.sub(blank, text)):
        kind, word = found.lastgroup, found.group(0)
        if kind in ("text", "raw", "mark") or word.startswith('R"'):
            yield '""', line
        elif kind not in ("space", "comment"):
            yield word, line
        line += word.count("\n")


def names_of_macros(text):
    """The names that the bodies of macros use."""
    found = set()
    for directive in DIRECTIVE.findall(text):
        if re.match(r"\s*#\s*define", directive):
            found.update(re.findall(r"[A-Za-z_]\w*", directive)[2:])
    return found
