// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/imf/seven_bit.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <utility>

#include "base/text.hpp"
#include "proto/imf/fields.hpp"
#include "proto/imf/message_view.hpp"
#include "proto/imf/mime.hpp"
#include "proto/imf/mime_walk.hpp"

namespace signpost::imf {
namespace {

/// Octets of text in one encoded word, whose line then has at most 76 characters (RFC 2047 §2).
constexpr std::size_t word_octets_max = 36;
/// Octets that stand on one line of base64 (RFC 2045 §6.8).
constexpr std::size_t base64_line_octets = 57;
/// RFC 1428 §3: text of which nobody knows how it is to be read.
constexpr std::string_view unknown_charset = "unknown-8bit";

tl::unexpected<error> cannot(std::string_view why) {
  return fail(errc::denied, "not to be had in 7 bits: " + std::string(why));
}

std::string_view charset_of(std::string_view text) {
  return is_utf8(text) ? "utf-8" : unknown_charset;
}

bool is_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xc0U) == 0x80U;
}

// Between two of them white space is none (RFC 2047 §6.2): a fold may stand there.
std::string encoded_words(std::string_view text) {
  const auto charset = charset_of(text);
  std::string out;
  while (!text.empty()) {
    auto size = std::min(text.size(), word_octets_max);
    while (charset == "utf-8" && size < text.size() && is_continuation(text[size])) --size;
    out += out.empty() ? "=?" : "\r\n =?";
    out.append(charset).append("?B?").append(to_base64(as_bytes(text.substr(0, size))));
    out += "?=";
    text.remove_prefix(size);
  }
  return out;
}

std::string with_question_marks(std::string_view text) {
  std::string out(text);
  std::ranges::replace_if(
      out, [](char c) { return static_cast<unsigned char>(c) >= 0x80; }, '?');
  return out;
}

// ---- header fields -----------------------------------------------------------------------------

enum class field_kind : std::uint8_t {
  text,        ///< unstructured: encoded words may stand anywhere
  addresses,   ///< in display names and comments
  parameters,  ///< of MIME: in quoted values, as programs write and read them
  trace,       ///< in nothing that is shown
};

field_kind kind_of(std::string_view name) {
  static constexpr std::array<std::string_view, 13> addresses{
      "From",        "Sender",    "Reply-To",  "To",         "Cc",
      "Bcc",         "Resent-To", "Resent-Cc", "Resent-Bcc", "Resent-From",
      "Resent-Sender", "Mail-Followup-To", "Disposition-Notification-To"};
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

// `"…"` at the front of `text`: what it stands for, and how long it is.
std::pair<std::string, std::size_t> read_quoted(std::string_view text) {
  std::string out;
  std::size_t i = 1;
  for (; i < text.size() && text[i] != '"'; ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) ++i;
    out += text[i];
  }
  return {out, std::min(i + 1, text.size())};
}

// Display names and comments; nothing if an address itself is not ASCII.
std::optional<std::string> encoded_structured(std::string_view value, field_kind kind) {
  std::string out;
  const auto separate = [&] {
    if (!out.empty() && !is_blank(out.back()) && out.back() != '(') out += ' ';
  };
  while (!value.empty()) {
    if (value.front() == '"') {
      const auto [text, octets] = read_quoted(value);
      if (is_ascii(text)) {
        out += value.substr(0, octets);
      } else if (kind == field_kind::parameters) {
        out += '"' + encoded_words(text) + '"';
      } else {
        separate();
        out += encoded_words(text);
        if (octets < value.size() && !is_blank(value[octets])) out += ' ';
      }
      value.remove_prefix(octets);
      continue;
    }
    const auto is_end = [](char c) {
      return std::string_view("\"<>(),;:").find(c) != std::string_view::npos;
    };
    const auto length = std::max<std::size_t>(
        1, static_cast<std::size_t>(std::ranges::find_if(value, is_end) - value.begin()));
    const auto run = value.substr(0, length);
    value.remove_prefix(length);
    if (is_ascii(run)) {
      out += run;
      continue;
    }
    if (run.find('@') != std::string_view::npos || kind == field_kind::parameters) {
      return std::nullopt;
    }
    if (!is_blank(run.front())) separate();
    out += encoded_text(run);
    if (!value.empty() && value.front() == '<' && !is_blank(out.back())) out += ' ';
  }
  return out;
}

result<void> add_field(std::string& out, const header_field& field) {
  if (is_ascii(field.whole)) {
    out += field.whole;
    return {};
  }
  if (!is_ascii(field.name)) return cannot("a field with such a name");
  const auto kind = kind_of(field.name);
  std::optional<std::string> value;
  if (kind == field_kind::text) value = encoded_text(field.value);
  if (kind == field_kind::trace) value = with_question_marks(field.value);
  if (!value) value = encoded_structured(field.value, kind);
  if (!value) return cannot("addresses and parameters that are not ASCII");
  out.append(field.name).append(":").append(*value).append("\r\n");
  return {};
}

// ---- bodies ------------------------------------------------------------------------------------

std::string in_base64(std::string_view octets) {
  std::string out;
  for (; !octets.empty(); octets.remove_prefix(std::min(octets.size(), base64_line_octets))) {
    out += to_base64(as_bytes(octets.substr(0, base64_line_octets))) + "\r\n";
  }
  return out;
}

class converter {
 public:
  /// A message, or a part of one with its MIME header.
  result<std::string> convert(std::string_view octets, bool is_message, std::size_t depth) {
    if (is_ascii(octets)) return std::string(octets);
    if (depth > mime_depth_max || ++parts_ > mime_parts_max) return cannot("too many parts");
    const message_view view(octets, line_ends::lf);
    if (!view.has_separator() && !view.body().empty()) return cannot("a header without end");
    const auto type = parse_content_type(view.text("Content-Type"));
    std::string encoding;
    SP_TRY(const auto body, body_of(view, type, encoding, depth));
    SP_TRY(auto out, header_of(view, encoding, is_message));
    return out + "\r\n" + body;
  }

 private:
  // `encoding`: the new one; empty = as it was.
  result<std::string> body_of(const message_view& view, const content_type& type,
                              std::string& encoding, std::size_t depth) {
    const auto body = view.body();
    if (is_ascii(body)) return std::string(body);
    const auto was = to_lower(view.text("Content-Transfer-Encoding"));
    if (was == "base64" || was == "quoted-printable") return cannot("a broken encoding");
    if (type.is("multipart", "signed") || type.is("multipart", "encrypted")) {
      return cannot("it is signed as it stands");
    }
    encoding = "7bit";
    if (type.is("multipart", "*")) return multipart(body, type, depth);
    if (type.is("message", "rfc822") || type.is("message", "global")) {
      return convert(body, true, depth + 1);
    }
    if (type.is("message", "*")) return cannot("a part that must not be encoded");
    const bool text = type.is("text", "*");
    encoding = text ? "quoted-printable" : "base64";
    return text ? encode_quoted_printable(body) : in_base64(body);
  }

  // RFC 2046 §5.1.1: delimiter lines stay, what stands between them is converted.
  result<std::string> multipart(std::string_view body, const content_type& type,
                                std::size_t depth) {
    const auto boundary = type.parameter("boundary").value_or("");
    if (boundary.empty()) return cannot("a multipart without boundary");
    const auto delimiter = "--" + boundary;
    std::string out;
    bool inside = false;
    bool closed = false;
    std::string_view rest = body;
    std::size_t at = 0;
    while (at <= rest.size()) {
      const auto line = first_line(rest.substr(at));
      const bool last = line.whole.empty();
      const bool is_delimiter = !last && !closed && is_delimiter_line(line.content, delimiter);
      if (is_delimiter || last) {
        SP_CHECK(add_piece(out, rest.substr(0, at), inside && !closed, delimiter, depth));
        if (last) break;
        out += line.whole;
        closed = line.content.substr(delimiter.size()).starts_with("--");
        inside = true;
        rest.remove_prefix(at + line.whole.size());
        at = 0;
        continue;
      }
      at += line.whole.size();
    }
    if (!inside) return cannot("a multipart without parts");
    return out;
  }

  static bool is_delimiter_line(std::string_view line, std::string_view delimiter) {
    if (!line.starts_with(delimiter)) return false;
    auto behind = line.substr(delimiter.size());
    if (behind.starts_with("--")) behind.remove_prefix(2);
    return trim(behind).empty();
  }

  // The line end in front of a delimiter belongs to it.
  result<void> add_piece(std::string& out, std::string_view piece, bool is_part,
                         std::string_view delimiter, std::size_t depth) {
    if (!is_part) {
      out += with_question_marks(piece);
      return {};
    }
    const bool has_end = piece.ends_with("\r\n");
    if (has_end) piece.remove_suffix(2);
    SP_TRY(const auto part, convert(piece, false, depth + 1));
    if (part.find("\n" + std::string(delimiter)) != std::string::npos) {
      return cannot("the boundary comes out within a part");
    }
    out += part;
    if (has_end) out += "\r\n";
    return {};
  }

  static result<std::string> header_of(const message_view& view, const std::string& encoding,
                                       bool is_message) {
    std::string out;
    for (const auto& field : view.fields()) {
      const bool replaced =
          !encoding.empty() && equals_ignoring_case(field.name, "Content-Transfer-Encoding");
      if (!replaced) SP_CHECK(add_field(out, field));
    }
    if (encoding.empty()) return out;
    if (is_message && view.find("MIME-Version") == nullptr) out += "MIME-Version: 1.0\r\n";
    if (view.find("Content-Type") == nullptr) {
      out += "Content-Type: text/plain; charset=" + std::string(charset_of(view.body())) + "\r\n";
    }
    return out + "Content-Transfer-Encoding: " + encoding + "\r\n";
  }

  std::size_t parts_ = 0;
};

}  // namespace

result<std::string> to_seven_bit(std::string_view message) {
  return converter().convert(message, true, 0);
}

result<std::string> header_to_seven_bit(std::string_view fields) {
  if (is_ascii(fields)) return std::string(fields);
  const message_view view(fields, line_ends::lf);
  std::string out;
  for (const auto& field : view.fields()) SP_CHECK(add_field(out, field));
  return out;
}

}  // namespace signpost::imf
