// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/config/yaml_mistakes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/text.hpp"

namespace signpost::config {
namespace {

using lines = std::vector<std::string_view>;

constexpr std::string_view blank = " \t\r";

std::string_view content_of(std::string_view line) {
  const auto from = line.find_first_not_of(blank);
  return from == std::string_view::npos ? std::string_view() : line.substr(from);
}

std::size_t indent_of(std::string_view line) {
  return std::min(line.find_first_not_of(blank), line.size());
}

bool is_blank_line(std::string_view line) {
  const auto content = content_of(line);
  return content.empty() || content.front() == '#';
}

// `|`, `>` and what may follow them: the deeper lines below are text, whatever stands in them.
bool begins_block(std::string_view line) {
  const auto mark = line.find_last_of("|>");
  if (mark == std::string_view::npos || mark == 0 || line[mark - 1] != ' ') return false;
  return line.substr(mark + 1).find_first_not_of("+-0123456789 \t\r") == std::string_view::npos;
}

/// A quoted text, from its first quote on.
struct quoted_text {
  std::size_t line = 0;
  std::size_t column = 0;
  std::optional<std::size_t> last_line = {};  ///< nothing: it is never closed
};

/// Looks through a text for quoted texts that do not end on their own line.
class quote_reader {
 public:
  explicit quote_reader(const lines& all) : all_(all) {}

  std::vector<quoted_text> long_ones() {
    for (line_ = 0; line_ < all_.size(); ++line_) {
      if (!quote_ && skip_block()) continue;
      read_line(all_[line_]);
    }
    if (quote_) found_.push_back(at_);
    return std::move(found_);
  }

 private:
  bool skip_block() {
    if (!block_indent_) return false;
    if (is_blank_line(all_[line_]) || indent_of(all_[line_]) > *block_indent_) return true;
    block_indent_.reset();
    return false;
  }

  void read_line(std::string_view line) {
    // Where a value may begin: only there is a quote one, and not an apostrophe.
    bool begin = true;
    for (std::size_t i = 0; i < line.size(); ++i) {
      const char c = line[i];
      if (quote_) {
        i = inside(line, i);
        begin = false;
      } else if (c == '#' && (i == 0 || line[i - 1] == ' ' || line[i - 1] == '\t')) {
        return;
      } else if (begin && (c == '"' || c == '\'')) {
        quote_ = c;
        at_ = {.line = line_, .column = i};
      } else if (blank.find(c) == std::string_view::npos) {
        const char next = i + 1 < line.size() ? line[i + 1] : ' ';
        const bool spaced = blank.find(next) != std::string_view::npos;
        begin = c == '[' || c == '{' || c == ',' || ((c == ':' || c == '-') && spaced);
      }
    }
    if (!quote_ && begins_block(line)) block_indent_ = indent_of(line);
  }

  // The index of the last character that was looked at.
  std::size_t inside(std::string_view line, std::size_t i) {
    if (quote_ == '"' && line[i] == '\\') return i + 1;
    if (line[i] != *quote_) return i;
    if (quote_ == '\'' && i + 1 < line.size() && line[i + 1] == '\'') return i + 1;
    quote_.reset();
    if (at_.line != line_) {
      at_.last_line = line_;
      found_.push_back(at_);
    }
    return i;
  }

  const lines& all_;
  std::size_t line_ = 0;
  std::optional<char> quote_;
  std::optional<std::size_t> block_indent_;
  quoted_text at_;
  std::vector<quoted_text> found_;
};

yaml_mistake at(std::size_t line, std::size_t column, std::string what) {
  return {.line = line + 1, .column = column + 1, .what = std::move(what)};
}

yaml_mistake unclosed(const quoted_text& q, std::string_view text) {
  return at(q.line, q.column,
            fmt::format("the quote ({}) that begins here is not closed on its line; write another "
                        "one behind the text",
                        text[q.column]));
}

std::string_view line_at(const lines& all, std::size_t line) {
  return line < all.size() ? all[line] : std::string_view();
}

// The last line above that says something.
std::size_t line_above(const lines& all, std::size_t line) {
  while (line > 0 && is_blank_line(line_at(all, line - 1))) --line;
  return line > 0 ? line - 1 : 0;
}

// The bracket that is open when the text has been read up to `line`.
std::optional<yaml_mistake> open_bracket(const lines& all, std::size_t line) {
  std::vector<yaml_mistake> open;
  for (std::size_t l = 0; l < all.size() && l <= line; ++l) {
    for (std::size_t i = 0; i < all[l].size(); ++i) {
      const char c = all[l][i];
      if (c == '#' && (i == 0 || all[l][i - 1] == ' ')) break;
      if (c == '[' || c == '{') {
        open.push_back(at(l, i, fmt::format("the {} that begins here is not closed; write {} "
                                            "behind its last item",
                                            c, c == '[' ? ']' : '}')));
      } else if ((c == ']' || c == '}') && !open.empty()) {
        open.pop_back();
      }
    }
  }
  return open.empty() ? std::nullopt : std::optional(open.back());
}

std::string needs_quotes(std::string_view value) {
  auto text = std::string(value.substr(0, value.find(" #")));
  while (!text.empty() && blank.find(text.back()) != std::string_view::npos) text.pop_back();
  return printable(text, 80);
}

// Of a value that begins with a sign that has a meaning in YAML.
yaml_mistake odd_beginning(const lines& all, std::size_t line, std::size_t column) {
  auto from = std::min(column, line_at(all, line).size());
  if (from > 0 && line_at(all, line)[from - 1] == '*') --from;
  const auto value = needs_quotes(line_at(all, line).substr(from));
  return at(line, from,
            fmt::format("a value that begins with {} must stand in quotes; write \"{}\"",
                        value.empty() ? "this sign" : printable(value.substr(0, 1)), value));
}

// Where the keys of the line begin: behind the dashes of list items.
std::size_t keys_at(std::string_view line) {
  auto from = indent_of(line);
  while (from + 1 < line.size() && line[from] == '-' && line[from + 1] == ' ') {
    from = std::min(line.find_first_not_of(blank, from + 1), line.size());
  }
  return from;
}

std::string spaces(std::size_t count) {
  return fmt::format("{} space{}", count, count == 1 ? "" : "s");
}

yaml_mistake wrong_map(const lines& all, std::size_t line, std::size_t column) {
  const auto here = line_at(all, line);
  const auto above = line_above(all, line);
  const auto up = line_at(all, above);
  const auto first = here.find(": ");
  if (first != std::string_view::npos && column > first + 1) {
    const auto value = needs_quotes(content_of(here.substr(first + 1)));
    return at(line, first + 2,
              fmt::format("a value with \": \" in it must stand in quotes; write \"{}\"", value));
  }
  if (above < line && up.find(':') == std::string_view::npos) {
    return at(above, indent_of(up),
              fmt::format("there is no colon behind '{}'; write `key: value`",
                          printable(content_of(up).substr(0, 60))));
  }
  return at(line, indent_of(here),
            fmt::format("this line is indented deeper than the one above, which has a value "
                        "already; indent it by {}",
                        spaces(keys_at(up))));
}

yaml_mistake wrong_indent(const lines& all, std::size_t line, std::size_t column) {
  const auto here = line_at(all, line);
  if (column > keys_at(here)) {
    return at(line, column,
              "there is more behind the end of the value; put the whole value into quotes");
  }
  std::string fits;
  std::vector<std::size_t> seen;
  for (std::size_t l = line; l-- > 0;) {
    if (is_blank_line(all[l])) continue;
    for (const auto indent : {keys_at(all[l]), indent_of(all[l])}) {
      if (!seen.empty() && seen.back() <= indent) continue;
      seen.push_back(indent);
    }
  }
  std::ranges::reverse(seen);
  for (const auto indent : seen) fits += (fits.empty() ? "" : ", ") + std::to_string(indent);
  return at(line, indent_of(here),
            fmt::format("this line is indented by {}, which fits nothing above it; indent it as "
                        "the lines it belongs to ({})",
                        spaces(indent_of(here)), fits));
}

bool has_tab(std::string_view line) {
  return line.substr(0, indent_of(line)).find('\t') != std::string_view::npos;
}

}  // namespace

std::optional<yaml_mistake> open_quote(std::string_view text) {
  const auto all = split(text, '\n');
  for (const auto& q : quote_reader(all).long_ones()) {
    if (!q.last_line) return unclosed(q, all[q.line]);
  }
  return std::nullopt;
}

yaml_mistake explained(std::string_view text, std::string_view said, std::size_t line,
                       std::size_t column) {
  const auto all = split(text, '\n');
  const auto here = line_at(all, line);
  const auto says = [&](std::string_view words) {
    return said.find(words) != std::string_view::npos;
  };
  if (has_tab(here) || says("tab")) {
    return at(line, here.find('\t') == std::string_view::npos ? column : here.find('\t'),
              "there is a tab; YAML is indented by spaces only: write spaces instead");
  }
  for (const auto& q : quote_reader(all).long_ones()) {
    if (q.line > line || (q.last_line && *q.last_line + 1 < line)) continue;
    return unclosed(q, all[q.line]);
  }
  if (says("alias") || says("anchor") || says("unknown token")) {
    return odd_beginning(all, line, column);
  }
  if (says("flow")) {
    if (auto open = open_bracket(all, line)) return *open;
  }
  if (says("unknown escape")) {
    return at(line, column,
              "a backslash stands before a character that needs none; write the text in single "
              "quotes ('…')");
  }
  if (says("illegal block entry")) {
    return at(line, column,
              "a list item cannot stand here; begin each on a line of its own, as `- item` below "
              "the key");
  }
  if (says("illegal map value") || says("illegal map entry")) return wrong_map(all, line, column);
  if (says("end of map") || says("end of sequence")) return wrong_indent(all, line, column);
  return at(line, column,
            fmt::format("this is not written as YAML wants it ({}); look at indentation, quotes "
                        "and brackets here and in the line above",
                        said));
}

}  // namespace signpost::config
