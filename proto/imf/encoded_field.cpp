// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/imf/encoded_field.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "proto/imf/fields.hpp"

namespace signpost::imf {
namespace {

/// Octets of text in one encoded word, whose line then has at most 76 characters (RFC 2047 §2).
constexpr std::size_t word_octets_max = 36;
/// RFC 1428 §3: text of which nobody knows how it is to be read.
constexpr std::string_view unknown_charset = "unknown-8bit";
constexpr std::string_view fold = "\r\n ";

bool is_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xc0U) == 0x80U;
}

// Between two of them white space is none (RFC 2047 §6.2): a fold may stand there. Line ends are
// left out: no reader shall find a line in them.
std::string encoded_words(std::string_view folded) {
  const auto unfolded = unfold(folded);
  std::string_view text = unfolded;
  const auto charset = charset_of(text);
  std::string out;
  while (!text.empty()) {
    auto size = std::min(text.size(), word_octets_max);
    while (charset == "utf-8" && size < text.size() && is_continuation(text[size])) --size;
    if (!out.empty()) out += fold;
    out.append("=?").append(charset).append("?B?");
    out += to_base64(as_bytes(text.substr(0, size))) + "?=";
    text.remove_prefix(size);
  }
  return out;
}

// ---- kinds of fields ---------------------------------------------------------------------------

enum class field_kind : std::uint8_t {
  text,        ///< unstructured: encoded words may stand anywhere
  addresses,   ///< in display names and comments
  parameters,  ///< of MIME: in quoted names of files, as programs write and read them
  trace,       ///< in nothing that is shown
};

field_kind kind_of(std::string_view name) {
  static constexpr std::array<std::string_view, 16> addresses{
      "From",        "Sender",    "Reply-To",  "To",         "Cc",
      "Bcc",         "Resent-To", "Resent-Cc", "Resent-Bcc", "Resent-From",
      "Resent-Sender", "Resent-Reply-To", "Mail-Followup-To", "Mail-Reply-To",
      "Disposition-Notification-To", "Return-Receipt-To"};
  static constexpr std::array<std::string_view, 2> parameters{"Content-Type",
                                                              "Content-Disposition"};
  static constexpr std::array<std::string_view, 8> trace{
      "Received",   "Message-ID",   "References",     "In-Reply-To",
      "Date",       "Return-Path",  "DKIM-Signature", "MIME-Version"};
  const auto is = [&](std::string_view one) { return equals_ignoring_case(name, one); };
  if (std::ranges::any_of(addresses, is)) return field_kind::addresses;
  if (std::ranges::any_of(parameters, is)) return field_kind::parameters;
  const bool ours = starts_with_ignoring_case(name, "ARC-")
                    || starts_with_ignoring_case(name, "Received-")
                    || starts_with_ignoring_case(name, "Authentication-");
  return ours || std::ranges::any_of(trace, is) ? field_kind::trace : field_kind::text;
}

// ---- text --------------------------------------------------------------------------------------

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

// Words with letters beyond ASCII, and the blanks between two of them, become encoded words.
std::string encoded_text(std::string_view value) {
  std::string out;
  std::string pending;  // not yet encoded
  while (!value.empty()) {
    const auto blanks = static_cast<std::size_t>(
        std::ranges::find_if_not(value, is_blank) - value.begin());
    const auto gap = value.substr(0, blanks);
    value.remove_prefix(blanks);
    const auto length =
        static_cast<std::size_t>(std::ranges::find_if(value, is_blank) - value.begin());
    const auto word = value.substr(0, length);
    value.remove_prefix(length);
    if (!is_ascii(word)) {
      if (pending.empty()) {
        out += gap;
      } else {
        pending += unfold(gap).empty() ? std::string(" ") : std::string(gap);
      }
      pending += word;
      continue;
    }
    if (!pending.empty()) out += encoded_words(std::exchange(pending, {}));
    out.append(gap).append(word);
  }
  if (!pending.empty()) out += encoded_words(pending);
  return out;
}

// ---- pieces of structured fields ---------------------------------------------------------------

// RFC 5322 §3.2.3.
bool is_special(char c) {
  return std::string_view("()<>[]:;@\\,\"").find(c) != std::string_view::npos;
}

// How long `"…"` at the front is; nothing if it has no end.
std::optional<std::size_t> quoted_octets(std::string_view text) {
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      return i + 1;
    }
  }
  return std::nullopt;
}

// The same for `(…)`, in which quotes mean nothing.
std::optional<std::size_t> comment_octets(std::string_view text) {
  std::size_t depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '(') {
      ++depth;
    } else if (text[i] == ')' && --depth == 0) {
      return i + 1;
    }
  }
  return std::nullopt;
}

// The same for `<…>`.
std::optional<std::size_t> angle_octets(std::string_view text) {
  std::size_t i = 1;
  while (i < text.size() && text[i] != '>') {
    const auto rest = text.substr(i);
    const auto inner = rest.front() == '"'   ? quoted_octets(rest)
                       : rest.front() == '(' ? comment_octets(rest)
                                             : std::optional<std::size_t>(1);
    if (!inner) return std::nullopt;
    i += *inner;
  }
  return i < text.size() ? std::optional(i + 1) : std::nullopt;
}

enum class piece_kind : std::uint8_t { text, quoted, comment, angle, separator };

struct piece {
  piece_kind kind = piece_kind::text;
  std::string_view octets;
};

bool begins_piece(char c) {
  return std::string_view("\"(<,;:").find(c) != std::string_view::npos;
}

// The piece at the front of `text`, which is not empty; nothing if it has no end.
std::optional<piece> first_piece(std::string_view text) {
  auto kind = piece_kind::text;
  std::optional<std::size_t> octets;
  if (text.front() == '"') {
    kind = piece_kind::quoted;
    octets = quoted_octets(text);
  } else if (text.front() == '(') {
    kind = piece_kind::comment;
    octets = comment_octets(text);
  } else if (text.front() == '<') {
    kind = piece_kind::angle;
    octets = angle_octets(text);
  } else if (begins_piece(text.front())) {
    kind = piece_kind::separator;
    octets = 1;
  } else {
    octets = static_cast<std::size_t>(std::ranges::find_if(text, begins_piece) - text.begin());
  }
  if (!octets) return std::nullopt;
  return piece{kind, text.substr(0, *octets)};
}

std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

// What `"…"` stands for, on one line.
std::string without_quotes(std::string_view quoted) {
  const auto inner = unfold(quoted.substr(1, quoted.size() - 2));
  std::string out;
  for (std::size_t i = 0; i < inner.size(); ++i) {
    if (inner[i] == '\\' && i + 1 < inner.size()) ++i;
    out += inner[i];
  }
  return out;
}

// `"Müller, Ann"` as `=?…?= ", Ann"`: specials, and what is ASCII between them, stay in quotes.
std::string encoded_quoted(std::string_view quoted) {
  const auto whole = without_quotes(quoted);
  std::string out;
  std::string kept;
  const auto add = [&](const std::string& word) {
    if (!out.empty()) out += fold;
    out += word;
  };
  const auto give_kept = [&] {
    if (const auto text = trim(kept); !text.empty()) add(in_quotes(text));
    kept.clear();
  };
  for (std::string_view rest = whole; !rest.empty();) {
    const bool special = is_special(rest.front());
    const auto end = std::ranges::find_if(rest, [&](char c) { return is_special(c) != special; });
    const auto run = rest.substr(0, static_cast<std::size_t>(end - rest.begin()));
    rest.remove_prefix(run.size());
    if (is_ascii(run)) {
      kept += run;
      continue;
    }
    give_kept();
    add(encoded_words(trim(run)));
  }
  give_kept();
  return out;
}

// Brackets of inner comments stay; a `\` might stand before one of them.
std::optional<std::string> encoded_comment(std::string_view comment) {
  if (comment.find('\\') != std::string_view::npos) return std::nullopt;
  std::string out;
  while (!comment.empty()) {
    const auto at = std::min(comment.find_first_of("()"), comment.size());
    out += encoded_text(comment.substr(0, at));
    if (at < comment.size()) out += comment[at];
    comment.remove_prefix(std::min(at + 1, comment.size()));
  }
  return out;
}

// ---- addresses ---------------------------------------------------------------------------------

/// Writes an address field, one mailbox or group name after the other.
class address_writer {
 public:
  bool write(std::string_view value) {
    while (!value.empty()) {
      const auto next = first_piece(value);
      if (!next) return false;
      value.remove_prefix(next->octets.size());
      pieces_.push_back(*next);
      if (next->kind == piece_kind::separator && !end_mailbox()) return false;
    }
    return end_mailbox();
  }
  [[nodiscard]] const std::string& text() const { return out_; }

 private:
  bool end_mailbox() {
    const auto has = [&](const auto& p) { return std::ranges::any_of(pieces_, p); };
    const bool in_brackets = has([](const piece& p) { return p.kind == piece_kind::angle; });
    // Then words and quotes are part of the address.
    const bool bare = !in_brackets && has([](const piece& p) {
      return p.kind == piece_kind::text && p.octets.find('@') != std::string_view::npos;
    });
    const bool done =
        std::ranges::all_of(pieces_, [&](const piece& p) { return write_piece(p, bare); });
    pieces_.clear();
    return done;
  }

  bool write_piece(const piece& p, bool bare) {
    if (is_ascii(p.octets)) {
      if (after_word_ && !is_blank(p.octets.front())) out_ += ' ';
      after_word_ = false;
      out_ += p.octets;
      return true;
    }
    if (p.kind == piece_kind::comment) {
      const auto encoded = encoded_comment(p.octets);
      if (encoded) out_ += *encoded;
      return encoded.has_value();
    }
    if (bare || p.kind == piece_kind::angle) return false;
    return p.kind == piece_kind::quoted ? write_quoted(p.octets) : write_text(p.octets);
  }

  bool write_quoted(std::string_view quoted) {
    separate();
    out_ += encoded_quoted(quoted);
    after_word_ = true;
    return true;
  }

  bool write_text(std::string_view text) {
    if (std::ranges::any_of(text, is_special)) return false;
    if (!is_blank(text.front())) separate();
    out_ += encoded_text(text);
    after_word_ = !is_blank(text.back());
    return true;
  }

  // RFC 2047 §5 (3): encoded words stand alone.
  void separate() {
    if (!out_.empty() && !is_blank(out_.back())) out_ += ' ';
  }

  std::string out_;
  std::vector<piece> pieces_;  ///< of the mailbox that is being read
  bool after_word_ = false;    ///< `out_` ends with an encoded word
};

std::optional<std::string> encoded_addresses(std::string_view value) {
  address_writer writer;
  if (!writer.write(value)) return std::nullopt;
  return writer.text();
}

// ---- parameters --------------------------------------------------------------------------------

// `name="…"`, `filename="…"`: other values are for programs.
bool ends_with_file_name(std::string_view text) {
  constexpr std::string_view wanted = "name=";
  return text.size() >= wanted.size()
         && equals_ignoring_case(text.substr(text.size() - wanted.size()), wanted);
}

std::optional<std::string> encoded_parameters(std::string_view value) {
  std::string out;
  while (!value.empty()) {
    const auto at = std::min(value.find_first_of("\"("), value.size());
    if (!is_ascii(value.substr(0, at))) return std::nullopt;
    out += value.substr(0, at);
    value.remove_prefix(at);
    if (value.empty()) break;
    const auto octets = value.front() == '"' ? quoted_octets(value) : comment_octets(value);
    if (!octets) return is_ascii(value) ? std::optional(out.append(value)) : std::nullopt;
    const auto inner = value.substr(0, *octets);
    value.remove_prefix(*octets);
    if (is_ascii(inner)) {
      out += inner;
    } else if (inner.front() == '"' && ends_with_file_name(out)) {
      out += '"' + encoded_words(without_quotes(inner)) + '"';
    } else {
      return std::nullopt;
    }
  }
  return out;
}

std::optional<std::string> encoded_value(const header_field& field) {
  switch (kind_of(field.name)) {
    case field_kind::text:
      return encoded_text(field.value);
    case field_kind::addresses:
      return encoded_addresses(field.value);
    case field_kind::parameters:
      return encoded_parameters(field.value);
    case field_kind::trace:
      return with_question_marks(field.value);
  }
  return std::nullopt;
}

}  // namespace

std::string_view charset_of(std::string_view text) {
  return is_utf8(text) ? "utf-8" : unknown_charset;
}

std::string with_question_marks(std::string_view text) {
  std::string out(text);
  std::ranges::replace_if(
      out, [](char c) { return static_cast<unsigned char>(c) >= 0x80; }, '?');
  return out;
}

result<std::string> encoded_field(const header_field& field) {
  if (is_ascii(field.whole)) return std::string(field.whole);
  const auto value = is_ascii(field.name) ? encoded_value(field) : std::nullopt;
  if (!value) return fail(errc::denied, "a field whose addresses or parameters are not ASCII");
  return std::string(field.name).append(":").append(*value).append("\r\n");
}

}  // namespace signpost::imf
