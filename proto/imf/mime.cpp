// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/imf/mime.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/text.hpp"
#include "proto/imf/fields.hpp"

namespace signpost::imf {

namespace {

constexpr std::string_view hex_digits = "0123456789ABCDEF";

std::optional<unsigned> hex_value(char c) {
  if (is_digit(c)) return static_cast<unsigned>(c - '0');
  const char lower = ascii_lower(c);
  if (lower >= 'a' && lower <= 'f') return static_cast<unsigned>(lower - 'a' + 10);
  return std::nullopt;
}

/// The octet written as two hexadecimal digits at the start of `text`.
std::optional<char> hex_octet(std::string_view text) {
  if (text.size() < 2) return std::nullopt;
  const auto high = hex_value(text[0]);
  const auto low = hex_value(text[1]);
  if (!high || !low) return std::nullopt;
  return static_cast<char>(*high * 16 + *low);
}

/// Reads a structured value that is already without comments.
class parameter_reader {
 public:
  explicit parameter_reader(std::string_view text) : rest_(text) {}

  /// The text up to a semicolon or white space.
  std::string token(std::string_view stops) {
    skip(" \t");
    const auto end = std::min(rest_.find_first_of(stops), rest_.size());
    std::string out(rest_.substr(0, end));
    rest_.remove_prefix(end);
    return out;
  }

  /// The next `name=value`; nothing at the end.
  std::optional<mime_parameter> next() {
    while (true) {
      skip("; \t");
      if (rest_.empty()) return std::nullopt;
      auto name = to_lower(trim(token("=;")));
      if (!rest_.starts_with('=')) continue;
      rest_.remove_prefix(1);
      skip(" \t");
      auto value = rest_.starts_with('"') ? quoted_string() : token("; \t");
      return mime_parameter{std::move(name), std::move(value)};
    }
  }

 private:
  void skip(std::string_view characters) {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(characters), rest_.size()));
  }

  /// RFC 2045 §5.1, RFC 5322 §3.2.4; a string that is never closed extends to the end.
  std::string quoted_string() {
    std::string out;
    std::size_t i = 1;
    for (; i < rest_.size() && rest_[i] != '"'; ++i) {
      if (rest_[i] == '\\' && i + 1 < rest_.size()) ++i;
      out.push_back(rest_[i]);
    }
    rest_.remove_prefix(std::min(i + 1, rest_.size()));
    return out;
  }

  std::string_view rest_;
};

/// RFC 2231 §4: `charset'language'%41%42`; we do not need the charset.
std::string percent_decoded(std::string_view value, bool first_section) {
  if (first_section) {
    const auto quote = value.find('\'');
    const auto second = quote == std::string_view::npos ? quote : value.find('\'', quote + 1);
    if (second != std::string_view::npos) value.remove_prefix(second + 1);
  }
  std::string out;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const auto octet = value[i] == '%' ? hex_octet(value.substr(i + 1)) : std::nullopt;
    out.push_back(octet.value_or(value[i]));
    if (octet) i += 2;
  }
  return out;
}

/// One section of a parameter: `boundary*1*` has the name `boundary`, number 1, and is encoded.
struct parameter_section {
  std::string name;
  std::uint64_t number = 0;
  std::string value;
};

std::optional<parameter_section> as_section(const mime_parameter& p) {
  const auto star = p.name.find('*');
  if (star == std::string::npos) return std::nullopt;
  const bool encoded = p.name.ends_with('*');
  parameter_section out{.name = p.name.substr(0, star)};
  auto number = std::string_view(p.name).substr(star + 1);
  if (encoded && !number.empty()) number.remove_suffix(1);
  out.number = parse_uint(number).value_or(0);
  out.value = encoded ? percent_decoded(p.value, out.number == 0) : p.value;
  return out;
}

/// RFC 2231 §3: sections are joined in the order of their numbers, wherever they are.
void join_sections(std::vector<parameter_section> sections, std::vector<mime_parameter>& out) {
  std::ranges::stable_sort(sections, {}, &parameter_section::number);
  const auto plain = static_cast<std::ptrdiff_t>(out.size());
  for (auto& section : sections) {
    const auto same = std::find_if(out.begin() + plain, out.end(),
                                   [&](const auto& p) { return p.name == section.name; });
    if (same == out.end()) {
      out.push_back({std::move(section.name), std::move(section.value)});
    } else {
      same->value += section.value;
    }
  }
}

std::string decode_base64(std::string_view body) {
  std::string out;
  out.reserve(body.size() / 4 * 3);
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : body) {
    std::uint32_t digit = 0;
    if (c >= 'A' && c <= 'Z')
      digit = static_cast<std::uint32_t>(c - 'A');
    else if (c >= 'a' && c <= 'z')
      digit = static_cast<std::uint32_t>(c - 'a' + 26);
    else if (is_digit(c))
      digit = static_cast<std::uint32_t>(c - '0' + 52);
    else if (c == '+')
      digit = 62;
    else if (c == '/')
      digit = 63;
    else if (c == '=') {
      held = 0;
      continue;
    }
    // RFC 2045 §6.8: "All line breaks or other characters not found in Table 1 must be ignored".
    else
      continue;
    bits = bits << 6 | digit;
    held += 6;
    if (held >= 8) {
      held -= 8;
      out.push_back(static_cast<char>(bits >> held & 0xff));
    }
  }
  return out;
}

std::string decode_quoted_printable(std::string_view body) {
  std::string out;
  out.reserve(body.size());
  while (!body.empty()) {
    const auto at = std::min(body.find('='), body.size());
    out.append(body.substr(0, at));
    body.remove_prefix(at);
    if (body.empty()) break;
    body.remove_prefix(1);
    if (const auto octet = hex_octet(body)) {
      out.push_back(*octet);
      body.remove_prefix(2);
      continue;
    }
    // RFC 2045 §6.7 (5): a soft line break, perhaps with white space that a gateway added.
    const auto end = std::min(body.find_first_not_of(" \t"), body.size());
    const auto rest = body.substr(end);
    if (rest.starts_with("\r\n"))
      body.remove_prefix(end + 2);
    else if (rest.starts_with('\n') || rest.starts_with('\r'))
      body.remove_prefix(end + 1);
    else
      out.push_back('=');
  }
  return out;
}

}  // namespace

bool content_type::is(std::string_view wanted_type, std::string_view wanted_subtype) const {
  return type == wanted_type && (wanted_subtype == "*" || subtype == wanted_subtype);
}

std::optional<std::string> content_type::parameter(std::string_view name) const {
  const auto at = std::ranges::find(parameters, name, &mime_parameter::name);
  return at == parameters.end() ? std::nullopt : std::optional(at->value);
}

content_type parse_content_type(std::string_view value) {
  const auto text = without_comments(value);
  parameter_reader reader(text);
  content_type out;
  const auto words = to_lower(reader.token("; \t"));
  const auto slash = words.find('/');
  if (slash != std::string::npos && slash > 0 && slash + 1 < words.size()) {
    out.type = words.substr(0, slash);
    out.subtype = words.substr(slash + 1);
  }
  std::vector<parameter_section> sections;
  for (std::size_t n = 0; n < mime_parameters_max; ++n) {
    auto p = reader.next();
    if (!p) break;
    if (auto section = as_section(*p))
      sections.push_back(std::move(*section));
    else
      out.parameters.push_back(std::move(*p));
  }
  join_sections(std::move(sections), out.parameters);
  return out;
}

std::string decode_transfer(std::string_view encoding, std::string_view body) {
  const auto word = without_comments(encoding);
  if (equals_ignoring_case(word, "base64")) return decode_base64(body);
  if (equals_ignoring_case(word, "quoted-printable")) return decode_quoted_printable(body);
  return std::string(body);
}

std::string encode_quoted_printable(std::string_view text) {
  // RFC 2045 §6.7 and §6.8: encoded lines must not be longer than 76 characters.
  constexpr std::size_t columns_max = 76;
  std::string out;
  std::size_t columns = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text.substr(i, 2) == "\r\n") {
      out.append("\r\n");
      columns = 0;
      ++i;
      continue;
    }
    const char c = text[i];
    // RFC 2045 §6.7 (3): white space at the end of a line must be encoded.
    const bool at_end = i + 1 == text.size() || text.substr(i + 1, 2) == "\r\n";
    const bool blank = c == ' ' || c == '\t';
    const bool literal = (c > ' ' && c < 0x7f && c != '=') || (blank && !at_end);
    const std::size_t size = literal ? 1 : 3;
    if (columns + size > columns_max - 1) {
      out.append("=\r\n");
      columns = 0;
    }
    columns += size;
    if (literal) {
      out.push_back(c);
    } else {
      const auto octet = static_cast<unsigned char>(c);
      out.append({'=', hex_digits[octet >> 4], hex_digits[octet & 15]});
    }
  }
  return out;
}

}  // namespace signpost::imf
