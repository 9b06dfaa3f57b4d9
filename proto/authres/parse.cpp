// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The reading side. A cursor walks over the value once; CFWS is skipped where RFC 8601 §2.2 allows
// it, which is nearly everywhere.
#include <algorithm>
#include <optional>

#include "base/text.hpp"
#include "proto/authres/authentication_results.hpp"
#include "proto/authres/words.hpp"
#include "proto/imf/fields.hpp"

namespace signpost::authres {
namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

class cursor {
 public:
  explicit cursor(std::string_view text) : rest_(text) {}

  [[nodiscard]] bool at_end() const { return rest_.empty(); }
  [[nodiscard]] char peek() const { return rest_.empty() ? '\0' : rest_.front(); }

  bool take(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }

  // White space and comments; the first comment goes to `comment`. False if one is not closed.
  bool skip_cfws(std::string* comment = nullptr) {
    for (;;) {
      while (!rest_.empty() && is_blank(rest_.front())) rest_.remove_prefix(1);
      if (peek() != '(') return true;
      std::string text;
      if (!take_comment(text)) return false;
      if (comment != nullptr && comment->empty()) *comment = imf::one_line(text, true);
    }
  }

  // The longest run of characters that `fits`.
  template <typename Fits>
  std::string take_while(Fits fits) {
    const auto end = std::ranges::find_if_not(rest_, fits) - rest_.begin();
    std::string out(rest_.substr(0, static_cast<std::size_t>(end)));
    rest_.remove_prefix(static_cast<std::size_t>(end));
    return out;
  }

  // RFC 5322 §3.2.4; nothing if it is not closed.
  std::optional<std::string> take_quoted() {
    std::string out;
    take('"');
    while (!rest_.empty()) {
      const char c = rest_.front();
      rest_.remove_prefix(1);
      if (c == '"') return out;
      if (c == '\r' || c == '\n') continue;
      if (c != '\\') {
        out.push_back(c);
      } else if (!rest_.empty()) {
        out.push_back(rest_.front());
        rest_.remove_prefix(1);
      }
    }
    return std::nullopt;
  }

 private:
  bool take_comment(std::string& text) {
    std::size_t depth = 0;
    while (!rest_.empty()) {
      const char c = rest_.front();
      rest_.remove_prefix(1);
      if (c == '(') {
        if (depth++ == 0) continue;
      } else if (c == ')') {
        if (--depth == 0) return true;
      } else if (c == '\\' && !rest_.empty()) {
        text.push_back(rest_.front());
        rest_.remove_prefix(1);
        continue;
      }
      text.push_back(c);
    }
    return false;
  }

  std::string_view rest_;
};

bool is_word_character(char c) {
  return is_alnum(c) || c == '-' || c == '_';
}

// A token; in internationalised mail also UTF-8 (RFC 8616 §5).
bool is_id_character(char c) {
  return is_token_character(c) || static_cast<unsigned char>(c) >= 0x80;
}

// Values that strangers write without quotes: up to white space, comment or semicolon.
bool is_bare_character(char c) {
  return !is_blank(c) && c != ';' && c != '(' && c != ')' && c != '"';
}

class reader {
 public:
  explicit reader(std::string_view text) : at_(text) {}

  result<authentication_results> read() {
    authentication_results out;
    SP_CHECK(read_head(out));
    while (!at_.at_end()) {
      if (!at_.take(';')) return fail(errc::malformed, "no ; before a result");
      SP_CHECK(skip());
      // Many senders end the field with a semicolon.
      if (at_.at_end()) break;
      SP_CHECK(read_resinfo(out));
    }
    return out;
  }

 private:
  result<void> skip(std::string* comment = nullptr) {
    if (!at_.skip_cfws(comment)) return fail(errc::malformed, "an unterminated comment");
    return {};
  }

  result<void> read_head(authentication_results& out) {
    SP_CHECK(skip());
    SP_TRY(out.authserv_id, read_value(is_id_character));
    // Blanks and control characters alone are not a name, and are not written either.
    if (imf::one_line(out.authserv_id, true).empty()) {
      return fail(errc::malformed, "no authserv-id");
    }
    SP_CHECK(skip());
    const auto digits = at_.take_while(is_digit);
    if (!digits.empty()) {
      const auto version = parse_uint(digits);
      // RFC 8601 §2.2: no other version is defined, so its meaning would be unknown.
      if (version != 1U) return fail(errc::malformed, "an unknown version");
      out.version = 1;
    }
    return skip();
  }

  template <typename Fits>
  result<std::string> read_value(Fits fits) {
    if (at_.peek() != '"') return at_.take_while(fits);
    auto quoted = at_.take_quoted();
    if (!quoted) return fail(errc::malformed, "an unterminated quoted string");
    return std::move(*quoted);
  }

  // pvalue, as strangers write it: also a quoted local part in front of a domain.
  result<std::string> read_property_value() {
    SP_TRY(auto value, read_value(is_bare_character));
    if (at_.peek() == '@') value += at_.take_while(is_bare_character);
    return value;
  }

  result<void> expect_equals() {
    SP_CHECK(skip());
    if (!at_.take('=')) return fail(errc::malformed, "no = after a word");
    return skip();
  }

  result<void> read_resinfo(authentication_results& out) {
    method_result r;
    r.method = to_lower(at_.take_while(is_word_character));
    if (r.method.empty()) return fail(errc::malformed, "no method");
    SP_CHECK(skip());
    if (r.method == "none" && at_.peek() != '=' && at_.peek() != '/') return {};
    if (at_.take('/')) {
      SP_CHECK(skip());
      const auto version = parse_uint(at_.take_while(is_digit));
      if (!version || *version > 999) return fail(errc::malformed, "an invalid method version");
      r.version = static_cast<unsigned>(*version);
    }
    SP_CHECK(expect_equals());
    r.result = to_lower(at_.take_while(is_word_character));
    if (r.result.empty()) return fail(errc::malformed, "no result");
    SP_CHECK(skip(&r.comment));
    while (!at_.at_end() && at_.peek() != ';') SP_CHECK(read_detail(r));
    if (out.results.size() == results_max) return fail(errc::limit_exceeded, "results_max");
    out.results.push_back(std::move(r));
    return {};
  }

  // reasonspec or propspec.
  result<void> read_detail(method_result& r) {
    property p;
    p.type = to_lower(at_.take_while(is_word_character));
    if (p.type.empty()) return fail(errc::malformed, "no property");
    SP_CHECK(skip());
    const bool is_property = at_.take('.');
    if (is_property) {
      SP_CHECK(skip());
      p.name = to_lower(at_.take_while(is_word_character));
      if (p.name.empty()) return fail(errc::malformed, "a property without a name");
    }
    SP_CHECK(expect_equals());
    SP_TRY(p.value, read_property_value());
    SP_CHECK(skip());
    if (is_property) {
      if (r.properties.size() == properties_max) {
        return fail(errc::limit_exceeded, "properties_max");
      }
      r.properties.push_back(std::move(p));
    } else if (p.type == "reason") {
      r.reason = std::move(p.value);
    }
    // Other words without a dot are not in RFC 8601 but in old mail (RFC 5451 §2.2): skipped.
    return {};
  }

  cursor at_;
};

}  // namespace

result<authentication_results> parse(std::string_view value) {
  if (value.size() > field_octets_max) return fail(errc::limit_exceeded, "field_octets_max");
  return reader(value).read();
}

std::string authserv_id_of(std::string_view value) {
  cursor at(value.substr(0, field_octets_max));
  if (!at.skip_cfws()) return {};
  if (at.peek() == '"') return at.take_quoted().value_or(std::string());
  return at.take_while(is_bare_character);
}

}  // namespace signpost::authres
