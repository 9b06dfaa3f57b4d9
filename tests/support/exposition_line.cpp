// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/support/exposition_line.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "base/text.hpp"

namespace signpost::test {
namespace {

/// OpenMetrics 1.0, "Exemplars": "MUST NOT exceed 128 UTF-8 character code points".
constexpr std::size_t exemplar_characters_max = 128;

// A place in a line that moves forward.
class cursor {
 public:
  cursor(std::string_view text, exposition_format format) : text_(text), format_(format) {}

  [[nodiscard]] bool at_end() const { return at_ == text_.size(); }
  [[nodiscard]] char peek() const { return at_end() ? '\0' : text_[at_]; }
  bool take(char c) {
    if (at_end() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  template <typename Predicate>
  std::string_view take_while(Predicate wanted) {
    const auto from = at_;
    while (!at_end() && wanted(text_[at_])) ++at_;
    return text_.substr(from, at_ - from);
  }
  /// One space in OpenMetrics; spaces and tabs in the Prometheus format.
  bool take_gap() {
    if (format_ == exposition_format::openmetrics) return take(' ');
    return !take_while([](char c) { return c == ' ' || c == '\t'; }).empty();
  }
  /// Where the Prometheus format allows white space and OpenMetrics none.
  void skip_optional_gap() {
    if (format_ == exposition_format::prometheus_text) take_gap();
  }
  std::string_view take_word() {
    return take_while([](char c) { return c != ' ' && c != '\t'; });
  }

 private:
  std::string_view text_;
  exposition_format format_;
  std::size_t at_ = 0;
};

result<std::string> parse_quoted(cursor& in) {
  if (!in.take('"')) return fail(errc::malformed, "a label value must stand in double quotes");
  std::string value;
  while (!in.at_end()) {
    if (in.take('"')) return value;
    if (!in.take('\\')) {
      value += in.take_while([](char c) { return c != '"' && c != '\\'; });
    } else if (in.take('n')) {
      value += '\n';
    } else if (in.take('\\')) {
      value += '\\';
    } else if (in.take('"')) {
      value += '"';
    } else {
      value += '\\';  // other characters stand for themselves, with the backslash
    }
  }
  return fail(errc::malformed, "a label value has no closing quote");
}

bool has_duplicates(const label_list& labels) {
  std::vector<std::string_view> names;
  for (const auto& [name, value] : labels) names.push_back(name);
  std::ranges::sort(names);
  return std::ranges::adjacent_find(names) != names.end();
}

result<std::pair<std::string, std::string>> parse_label(cursor& in) {
  const auto name = in.take_while(
      [](char c) { return c != '=' && c != '"' && c != '}' && c != ',' && c != ' '; });
  if (!is_label_name(name))
    return fail(errc::malformed, "'" + printable(name, 60) + "' is no label");
  in.skip_optional_gap();
  if (!in.take('=')) return fail(errc::malformed, "a label has no '='");
  in.skip_optional_gap();
  SP_TRY(auto value, parse_quoted(in));
  return std::pair{std::string(name), std::move(value)};
}

// Behind the opening brace, to the closing one.
result<label_list> parse_labels(cursor& in, exposition_format format) {
  label_list labels;
  in.skip_optional_gap();
  while (!in.take('}')) {
    if (!labels.empty()) {
      if (!in.take(',')) return fail(errc::malformed, "no comma between two labels");
      in.skip_optional_gap();
      // The Prometheus format allows a comma behind the last label, OpenMetrics does not.
      if (format == exposition_format::prometheus_text && in.take('}')) break;
    }
    SP_TRY(auto label, parse_label(in));
    labels.push_back(std::move(label));
    in.skip_optional_gap();
  }
  if (has_duplicates(labels)) return fail(errc::malformed, "a label stands there twice");
  return labels;
}

result<double> parse_timestamp(std::string_view word) {
  const auto value = parse_exposition_number(word);
  if (!value || !std::isfinite(*value)) {
    return fail(errc::malformed, "'" + printable(word, 40) + "' is no timestamp");
  }
  return *value;
}

result<double> parse_value(std::string_view word) {
  const auto value = parse_exposition_number(word);
  if (!value) return fail(errc::malformed, "'" + printable(word, 40) + "' is no number");
  return *value;
}

std::size_t code_points(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; }));
}

// Behind "# ".
result<exposition_exemplar> parse_exemplar(cursor& in, exposition_format format) {
  exposition_exemplar exemplar;
  if (!in.take('{')) return fail(errc::malformed, "an exemplar begins with '{'");
  SP_TRY(exemplar.labels, parse_labels(in, format));
  std::size_t characters = 0;
  for (const auto& [name, value] : exemplar.labels) {
    characters += code_points(name) + code_points(value);
  }
  if (characters > exemplar_characters_max) {
    return fail(errc::malformed, "the labels of an exemplar have over 128 characters");
  }
  if (!in.take_gap()) return fail(errc::malformed, "an exemplar has no value");
  SP_TRY(exemplar.value, parse_value(in.take_word()));
  if (in.at_end()) return exemplar;
  if (!in.take_gap()) return fail(errc::malformed, "something follows an exemplar");
  SP_TRY(exemplar.timestamp, parse_timestamp(in.take_word()));
  if (!in.at_end()) return fail(errc::malformed, "something follows an exemplar");
  return exemplar;
}

// `[sign] digits [. digits] [e [sign] digits]`, digits on at least one side of the point.
bool is_decimal(std::string_view text) {
  const auto digits = [&text] {
    std::size_t n = 0;
    while (n < text.size() && is_digit(text[n])) ++n;
    text.remove_prefix(n);
    return n;
  };
  const auto sign = [&text] {
    if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  };
  sign();
  auto mantissa = digits();
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    mantissa += digits();
  }
  if (mantissa == 0) return false;
  if (text.starts_with('e') || text.starts_with('E')) {
    text.remove_prefix(1);
    sign();
    if (digits() == 0) return false;
  }
  return text.empty();
}

bool is_name(std::string_view text, bool colon) {
  if (text.empty() || is_digit(text.front())) return false;
  return std::ranges::all_of(
      text, [colon](char c) { return is_alnum(c) || c == '_' || (colon && c == ':'); });
}

}  // namespace

bool is_metric_name(std::string_view text) {
  return is_name(text, true);
}

bool is_label_name(std::string_view text) {
  return is_name(text, false);
}

std::optional<double> parse_exposition_number(std::string_view text) {
  if (!is_decimal(text)) {
    auto word = to_lower(text);
    if (word == "nan") return std::numeric_limits<double>::quiet_NaN();
    const bool negative = word.starts_with('-');
    if (negative || word.starts_with('+')) word.erase(0, 1);
    if (word != "inf" && word != "infinity") return std::nullopt;
    const auto infinity = std::numeric_limits<double>::infinity();
    return negative ? -infinity : infinity;
  }
  if (text.starts_with('+')) text.remove_prefix(1);
  double value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (parsed.ec == std::errc::invalid_argument) return std::nullopt;
  return value;
}

result<exposition_sample> parse_sample_line(std::string_view line, exposition_format format) {
  cursor in(line, format);
  exposition_sample sample;
  sample.name = std::string(
      in.take_while([](char c) { return c != '{' && c != ' ' && c != '\t' && c != '#'; }));
  if (!is_metric_name(sample.name)) {
    return fail(errc::malformed, "'" + printable(sample.name, 60) + "' is no metric name");
  }
  in.skip_optional_gap();
  if (in.take('{')) {
    SP_TRY(sample.labels, parse_labels(in, format));
  }
  const bool gap = in.take_gap();
  if (!gap && format == exposition_format::openmetrics) {
    return fail(errc::malformed, "no space before the value");
  }
  SP_TRY(sample.value, parse_value(in.take_word()));
  if (!in.at_end() && !in.take_gap()) return fail(errc::malformed, "no space behind the value");
  if (format == exposition_format::prometheus_text && in.at_end()) return sample;
  if (!in.at_end() && in.peek() != '#') {
    SP_TRY(sample.timestamp, parse_timestamp(in.take_word()));
    if (in.at_end()) return sample;
    if (!in.take_gap()) return fail(errc::malformed, "something follows the timestamp");
    if (in.at_end() && format == exposition_format::prometheus_text) return sample;
  } else if (in.at_end()) {
    return line.ends_with(' ')
               ? result<exposition_sample>(fail(errc::malformed, "a space at the end"))
               : sample;
  }
  if (format == exposition_format::prometheus_text || !in.take('#') || !in.take_gap()) {
    return fail(errc::malformed, "something follows the value");
  }
  SP_TRY(sample.exemplar, parse_exemplar(in, format));
  return sample;
}

}  // namespace signpost::test
