// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/address/local_part.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"

namespace signpost::address {
namespace {

// RFC 5322 §3.2.3, and any octet of non-ASCII UTF-8 (RFC 6531 §3.3).
constexpr std::array<bool, 256> atext = [] {
  std::array<bool, 256> table{};
  for (std::size_t c = 0; c < table.size(); ++c) {
    table[c] = c >= 0x80 || is_alnum(static_cast<char>(c));
  }
  for (const char c : std::string_view("!#$%&'*+-/=?^_`{|}~")) {
    table[static_cast<unsigned char>(c)] = true;
  }
  return table;
}();

bool is_atext(char c) {
  return atext[static_cast<unsigned char>(c)];
}

bool is_printable_ascii(char c) {
  return c >= ' ' && c <= '~';
}

// RFC 6531 §3.3 allows any non-ASCII character. The control characters U+0080 to U+009F are
// excluded: they control terminals, and no mailbox has them.
bool is_safe_utf8(std::string_view text) {
  if (!is_utf8(text)) return false;
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    const auto second = static_cast<unsigned char>(text[i + 1]);
    if (text[i] == '\xc2' && second < 0xa0) return false;
  }
  return true;
}

// RFC 5321 §4.1.2: Quoted-string, whose opening quote is the first octet of `text`.
result<spelled_local_part> read_quoted(std::string_view text) {
  spelled_local_part out;
  for (std::size_t i = 1; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"') {
      out.octets = i + 1;
      return out;
    }
    if (c == '\\') {
      // quoted-pairSMTP: ASCII only, also in RFC 6531.
      if (++i == text.size() || !is_printable_ascii(text[i])) {
        return fail(errc::malformed, "invalid character after a backslash in the local part");
      }
    } else if (!is_printable_ascii(c) && static_cast<unsigned char>(c) < 0x80) {
      return fail(errc::malformed, "control character in the local part");
    }
    out.local += text[i];
  }
  return fail(errc::malformed, "no closing quote in the local part");
}

bool has_atoms_and_dots(std::string_view local) {
  return !local.empty()
         && std::ranges::all_of(local, [](char c) { return is_atext(c) || c == '.'; });
}

result<spelled_local_part> read_unquoted(std::string_view text, dots allowed) {
  const auto at = text.find('@');
  const auto local = text.substr(0, at);
  if (at == std::string_view::npos) return fail(errc::malformed, "no @ in the address");
  const bool fine =
      allowed == dots::anywhere ? has_atoms_and_dots(local) : is_dot_string(local);
  if (!fine) return fail(errc::malformed, "invalid local part");
  return spelled_local_part{std::string(local), local.size()};
}

std::string in_quotes(std::string_view local) {
  std::string out = "\"";
  for (const char c : local) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

}  // namespace

result<spelled_local_part> read_local_part(std::string_view text, dots allowed) {
  SP_TRY(auto out, text.starts_with('"') ? read_quoted(text) : read_unquoted(text, allowed));
  if (out.octets >= text.size() || text[out.octets] != '@') {
    return fail(errc::malformed, "no @ after the local part");
  }
  if (!is_safe_utf8(out.local)) return fail(errc::malformed, "local part is not UTF-8");
  return out;
}

bool is_dot_string(std::string_view local) {
  return has_atoms_and_dots(local) && local.front() != '.' && local.back() != '.'
         && local.find("..") == std::string_view::npos;
}

std::string spell_local_part(std::string_view local, dots allowed) {
  const bool plain =
      allowed == dots::anywhere ? has_atoms_and_dots(local) : is_dot_string(local);
  return plain ? std::string(local) : in_quotes(local);
}

}  // namespace signpost::address
