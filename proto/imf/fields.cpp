// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/imf/fields.hpp"

#include <algorithm>
#include <vector>

#include "base/text.hpp"

namespace signpost::imf {

std::string unfold(std::string_view value) {
  std::string out;
  value = trim(value);
  out.reserve(value.size());
  std::ranges::copy_if(value, std::back_inserter(out),
                       [](char c) { return c != '\r' && c != '\n'; });
  return out;
}

std::string without_comments(std::string_view value) {
  std::string out;
  std::size_t depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const char c = value[i];
    if (c == '\\' && (quoted || depth > 0)) {
      // RFC 5322 §3.2.1: a quoted-pair stands for its second octet, whatever that is.
      if (depth == 0) out.append(value.substr(i, 2));
      ++i;
    } else if (c == '"' && depth == 0) {
      quoted = !quoted;
      out.push_back(c);
    } else if (c == '(' && !quoted) {
      if (depth++ == 0) out.push_back(' ');
    } else if (c == ')' && depth > 0) {
      --depth;
    } else if (depth == 0) {
      out.push_back(c);
    }
  }
  return unfold(out);
}

std::string one_line(std::string_view text, bool allow_utf8) {
  const bool utf8 = allow_utf8 && is_utf8(text);
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    const bool space = octet <= ' ' || octet == 0x7f;
    if (space && (out.empty() || out.back() == ' ')) continue;
    out.push_back(space ? ' ' : (octet < 0x80 || utf8) ? c : '?');
  }
  if (out.ends_with(' ')) out.pop_back();
  return out;
}

std::string folded_field(std::string_view name, std::span<const std::string> words) {
  std::string out(name);
  out.push_back(':');
  auto columns = out.size();
  for (std::string_view word : words) {
    if (columns > name.size() + 1 && columns + 1 + word.size() > fold_columns) {
      out.append("\r\n");
      columns = 0;
    }
    // RFC 5322 §2.1.1: "Each line of characters MUST be no more than 998 characters".
    while (columns + 1 + word.size() > line_octets_max) {
      const auto fits = line_octets_max - columns - 1;
      out.append(" ").append(word.substr(0, fits)).append("\r\n");
      word.remove_prefix(fits);
      columns = 0;
    }
    out.append(" ").append(word);
    columns += 1 + word.size();
  }
  return out.append("\r\n");
}

std::string folded_field(std::string_view name, std::string_view text) {
  std::vector<std::string> words;
  for (const auto word : split(text, ' ')) {
    if (!word.empty()) words.emplace_back(word);
  }
  return folded_field(name, words);
}

}  // namespace signpost::imf
