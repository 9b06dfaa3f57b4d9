#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
"""unity_groups.py --root FOLDER [--size N] SOURCE…

Which sources of a library can be compiled as one: prints a line for each group of at least two, its
sources apart by semicolons; the others are compiled alone. The last line has what that depends on.

Two sources stay apart if what one keeps to itself (in an unnamed namespace, `static`, by a `using`
at namespace level or a macro) has a name that stands anywhere in the other, or that a header of
this tree declares which the other includes: so no name means another thing than it does alone. RENAMED names
are told apart by SignpostUnity.cmake, as long as no header has them.
"""

import argparse
import functools
import os
import re

WORD = re.compile(r"(?<![\w'])[A-Za-z_]\w*")
# A name that is looked up from where it stands, not in the namespace, class or object before it.
UNQUALIFIED = re.compile(r"(?<![\w'.])(?<!::)(?<!->)[A-Za-z_]\w*")
NOISE = re.compile(r'//[^\n]*|/\*.*?\*/|R"(?P<mark>[^()\\\s]*)\(.*?\)(?P=mark)"|"(?:[^"\\\n]|\\.)*"'
                   r"|'(?:[^'\\\n]|\\.)+'", re.S)
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.M)
END = "// namespace"
MACRO = re.compile(r"^\s*#\s*define\s+(\w+)", re.M)
DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n\\]|\\.)*$", re.M | re.S)
# What a using-declaration names; an alias, with its name.
USING = re.compile(r"^using\s+((?:enum\s+|namespace\s+)?[\w:]+)\s*;", re.M)
ALIAS = re.compile(r"^(?:using|namespace)\s+(\w+\s*=[^;]*);", re.M)
TYPE = re.compile(r"^(?:class|struct|union|enum(?:\s+(?:class|struct))?)\s+(\w+)", re.M)
ENUMERATORS = re.compile(r"^enum\s[^{;]*\{(.*?)\}", re.M | re.S)
# The last name before the parameters, the value, the body or the end of a declaration.
DECLARED = re.compile(r"(?<![\w.])([A-Za-z_]\w*)\s*(?:\[[^\]]*\]\s*)*[({=;]")
NO_NAMES = set("""alignas auto bool case char class const constexpr consteval decltype default delete
double else enum explicit extern false final float for friend if inline int long namespace noexcept
nullptr operator override private protected public requires return short signed sizeof static
static_assert std string string_view struct switch template this true typename unsigned using virtual
void while size_t uint8_t uint16_t uint32_t uint64_t int64_t""".split())

# What nearly every source has of its own; a macro gives it another name in each.
RENAMED = {"log_"}

# Functions of the standard library that a call with one of its types finds by itself, once anybody
# has included them: a source with a function of that name is compiled alone.
FOUND_BY_ARGUMENTS = set("""accumulate advance all_of any any_of apply as_const back begin cbegin cend
clamp copy copy_if copy_n count count_if data distance empty end equal exchange exists fill fill_n
find find_if format forward front generate get get_if get_time getline hash includes invoke is_empty
iter_swap lower_bound make_error_code make_pair make_tuple max max_element merge min min_element
minmax mismatch move next none_of partition permissions prev put_time quoted rank read_symlink
ref remove remove_all remove_if rename replace replace_if reverse rotate sample search size sort space
ssize status stable_sort swap tie to_address to_array to_chars to_string to_underlying transform
unique upper_bound visit""".split())


@functools.lru_cache(maxsize=None)
def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


@functools.lru_cache(maxsize=None)
def words(path):
    text = read(path)
    return frozenset(UNQUALIFIED.findall(NOISE.sub(" ", text)))


def headers_of(root, path):
    """The headers of this tree that `path` includes, and those that they include."""
    found, left = set(), [path]
    while left:
        for name in INCLUDE.findall(read(left.pop())):
            header = os.path.join(root, name)
            if header not in found and os.path.exists(header):
                found.add(header)
                left.append(header)
    return found


def blank(match):
    """Nothing in place of comments and strings, but for lines and the marks at a namespace's end."""
    text = match.group(0)
    return text if text == END else "\n" * text.count("\n")


def unnamed_parts(text):
    """What stands in unnamed namespaces; to the end of the text if none says where it ends."""
    for opening in re.finditer(r"^namespace \{$", text, re.M):
        closing = re.compile(r"^\}  // namespace$", re.M).search(text, opening.end())
        yield text[opening.end():closing.start() if closing else len(text)]


def declared_names(part):
    """Names of declarations that begin in the first column; too many rather than too few."""
    names = set(TYPE.findall(part))
    for line in part.splitlines():
        if re.match(r"(?!using |namespace |static_assert\()[A-Za-z_]", line):
            line, _, value = line.partition(" = ")
            # A value of a name, or of a parameter that belongs to nobody else.
            named = value and line.count("(") == line.count(")")
            names.update(DECLARED.findall(line + (" =" if named else ";" if not value else "")))
    for body in ENUMERATORS.findall(part):
        names.update(WORD.findall(body))
    return names - NO_NAMES


@functools.lru_cache(maxsize=None)
def plain_text(path):
    return DIRECTIVE.sub("", NOISE.sub(blank, read(path)))


@functools.lru_cache(maxsize=None)
def header_names(path):
    return frozenset(declared_names(plain_text(path))) | frozenset(MACRO.findall(read(path)))


def names_of_using(target, headers):
    """The names that a using-declaration brings: of `using enum`, the enumerators."""
    last = target.rsplit("::", 1)[-1].split()[-1]
    names = {last}
    if target.startswith("enum"):
        enum = re.compile(r"^\s*enum(?:\s+class)?\s+" + last + r"\b[^{;]*\{(.*?)\}", re.M | re.S)
        for header in headers:
            for body in enum.findall(plain_text(header)):
                names.update(WORD.findall(body))
    return names


class Source:
    """own: what it keeps to itself; borrowed: what its using-declarations and aliases name, and the
    names that they bring; words: what stands in it."""

    def __init__(self, root, path):
        self.path = path
        self.headers = headers_of(root, path)
        plain = plain_text(path)
        self.borrowed = {target: names_of_using(target, self.headers)
                         for target in USING.findall(plain)}
        for alias in ALIAS.findall(plain):
            self.borrowed[" ".join(alias.split())] = {alias.split("=")[0].strip()}
        self.own = set(MACRO.findall(read(path)))
        for part in unnamed_parts(plain):
            self.own |= declared_names(part)
        for line in re.findall(r"^static\s[^\n]*", plain, re.M):
            self.own |= declared_names(line)
        self.words = words(path)
        self.renamed = RENAMED.difference(*(words(header) for header in self.headers))

    def disturbs(self, other):
        """True if a name of this source's might mean something in the other, or the other way."""
        if self.own & FOUND_BY_ARGUMENTS:
            return True
        # A header that both include is read before either, so that it stays as it was.
        others = [header_names(header) for header in other.headers - self.headers]
        for target, names in self.borrowed.items():
            if target in other.borrowed:
                continue  # the same for both
            # Names of the standard library mean the same wherever nothing else has them.
            if target.startswith("std::"):
                if names & other.own:
                    return True
            elif names & other.words or any(names & declared for declared in others):
                return True
        own = self.own - (self.renamed & other.renamed)
        return bool(own & other.words) or any(own & declared for declared in others)


def fits(one, other):
    return not (one.disturbs(other) or other.disturbs(one))


def groups_of(sources, size):
    groups = []
    for source in sources:
        for group in groups:
            if len(group) < size and all(fits(source, other) for other in group):
                group.append(source)
                break
        else:
            groups.append([source])
    return [g for g in groups if len(g) > 1]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--root", required=True)
    parser.add_argument("--size", type=int, default=8)
    parser.add_argument("sources", nargs="+")
    arguments = parser.parse_args()
    sources = [Source(arguments.root, path) for path in arguments.sources]
    for group in groups_of(sources, arguments.size):
        print(";".join(source.path for source in group))
    print(";".join(sorted(set(arguments.sources).union(*(source.headers for source in sources)))))


if __name__ == "__main__":
    main()
