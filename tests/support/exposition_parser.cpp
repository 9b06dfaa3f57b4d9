// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/support/exposition_parser.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "base/text.hpp"
#include "tests/support/exposition_check.hpp"
#include "tests/support/exposition_line.hpp"

namespace signpost::test {
namespace {

struct type_word {
  std::string_view word;
  family_type type;
};

constexpr std::array<type_word, 8> type_words{{{"unknown", family_type::unknown},
                                               {"gauge", family_type::gauge},
                                               {"counter", family_type::counter},
                                               {"histogram", family_type::histogram},
                                               {"summary", family_type::summary},
                                               {"gaugehistogram", family_type::gaugehistogram},
                                               {"info", family_type::info},
                                               {"stateset", family_type::stateset}}};

std::optional<family_type> type_of(std::string_view word, exposition_format format) {
  if (format == exposition_format::prometheus_text) {
    if (word == "untyped") return family_type::unknown;
    if (word != "gauge" && word != "counter" && word != "histogram" && word != "summary") {
      return std::nullopt;
    }
  }
  const auto it = std::ranges::find(type_words, word, &type_word::word);
  if (it == type_words.end()) return std::nullopt;
  return it->type;
}

std::string unescape_help(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto next = i + 1 < text.size() ? text[i + 1] : '\0';
    if (text[i] == '\\' && (next == 'n' || next == '\\' || next == '"')) {
      out += next == 'n' ? '\n' : next;
      ++i;
    } else {
      out += text[i];
    }
  }
  return out;
}

// Reads line by line; knows the family that is being read and the names that are taken.
class reader {
 public:
  explicit reader(exposition_format format) : format_(format) {}

  result<void> line(std::string_view text) {
    if (finished_) return fail(errc::malformed, "something follows # EOF");
    if (open() && text == "# EOF") {
      finished_ = true;
      return {};
    }
    if (!text.starts_with('#')) return text.empty() ? blank() : sample(text);
    for (const auto* keyword : {"HELP", "TYPE", "UNIT"}) {
      const auto start = "# " + std::string(keyword);
      if (text == start || text.starts_with(start + " ")) {
        return metadata(keyword, text.substr(std::min(text.size(), start.size() + 1)));
      }
    }
    if (!open()) return {};  // a comment
    return fail(errc::malformed, "no HELP, TYPE, UNIT or EOF behind '# '");
  }

  result<std::vector<exposition_family>> finish() {
    if (open() && !finished_) return fail(errc::malformed, "no # EOF at the end");
    SP_CHECK(close_family());
    return std::move(families_);
  }

 private:
  [[nodiscard]] bool open() const { return format_ == exposition_format::openmetrics; }

  result<void> blank() const {
    if (open()) return fail(errc::malformed, "an empty line");
    return {};
  }

  // Claims the names that the family's samples have, so that no other family can have them.
  result<void> close_family() {
    if (!current_) return {};
    auto family = std::move(*current_);
    current_.reset();
    if (auto wrong = check_family(family, format_); !wrong.empty()) {
      return fail(errc::malformed, family.name + ": " + wrong);
    }
    auto names = suffixes_of(family.type, format_);
    names.emplace_back();
    std::set<std::string> mine;
    for (const auto suffix : names) mine.insert(family.name + std::string(suffix));
    for (const auto& name : mine) {
      if (!taken_.insert(name).second) {
        return fail(errc::malformed, "two families have samples named " + name);
      }
    }
    families_.push_back(std::move(family));
    return {};
  }

  result<void> begin_family(std::string name) {
    SP_CHECK(close_family());
    current_.emplace();
    current_->name = std::move(name);
    typed_ = false;
    return {};
  }

  result<void> metadata(std::string_view keyword, std::string_view rest) {
    const auto space = rest.find(' ');
    const auto name = rest.substr(0, space);
    if (!is_metric_name(name)) return fail(errc::malformed, "metadata without a name");
    if (space == std::string_view::npos && (open() || keyword != "HELP")) {
      return fail(errc::malformed, "metadata without a value");
    }
    const auto value =
        space == std::string_view::npos ? std::string_view() : rest.substr(space + 1);
    if (!current_ || current_->name != name) SP_CHECK(begin_family(std::string(name)));
    if (!current_->samples.empty()) return fail(errc::malformed, "metadata behind samples");
    if (keyword == "TYPE") return set_type(value);
    if (keyword == "UNIT" && !open()) return {};
    auto& field = keyword == "HELP" ? current_->help : current_->unit;
    if (field) return fail(errc::malformed, std::string(keyword) + " stands there twice");
    field = keyword == "HELP" ? unescape_help(value) : std::string(value);
    return {};
  }

  result<void> set_type(std::string_view word) {
    const auto type = type_of(word, format_);
    if (!type) return fail(errc::malformed, "'" + printable(word, 40) + "' is no type");
    if (typed_) return fail(errc::malformed, "TYPE stands there twice");
    typed_ = true;
    current_->type = *type;
    return {};
  }

  [[nodiscard]] bool belongs(std::string_view name) const {
    if (!current_ || !name.starts_with(current_->name)) return false;
    const auto suffix = name.substr(current_->name.size());
    const auto all = suffixes_of(current_->type, format_);
    return std::ranges::find(all, suffix) != all.end();
  }

  result<void> sample(std::string_view text) {
    SP_TRY(auto parsed, parse_sample_line(text, format_));
    if (!belongs(parsed.name)) SP_CHECK(begin_family(parsed.name));
    current_->samples.push_back(std::move(parsed));
    return {};
  }

  exposition_format format_;
  std::optional<exposition_family> current_;
  bool typed_ = false;
  bool finished_ = false;
  std::vector<exposition_family> families_;
  std::set<std::string> taken_;
};

tl::unexpected<error> at_line(std::size_t number, const error& e) {
  return fail(e.code, "line " + std::to_string(number) + ": " + e.context);
}

}  // namespace

result<std::vector<exposition_family>> parse_exposition(std::string_view text,
                                                        exposition_format format) {
  if (text.size() > exposition_octets_max) {
    return fail(errc::limit_exceeded, "exposition_octets_max");
  }
  reader read(format);
  std::size_t number = 0;
  while (!text.empty()) {
    const auto end = text.find('\n');
    ++number;
    if (auto done = read.line(text.substr(0, end)); !done) return at_line(number, done.error());
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  auto families = read.finish();
  if (!families) return at_line(number, families.error());
  return families;
}

}  // namespace signpost::test
