// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/imf/seven_bit.hpp"

#include <algorithm>
#include <cstdint>

#include "base/text.hpp"
#include "proto/imf/encoded_field.hpp"
#include "proto/imf/message_view.hpp"
#include "proto/imf/mime.hpp"
#include "proto/imf/mime_walk.hpp"

namespace signpost::imf {
namespace {

/// Octets that stand on one line of base64 (RFC 2045 §6.8).
constexpr std::size_t base64_line_octets = 57;

tl::unexpected<error> cannot(std::string_view why) {
  return fail(errc::denied, "not to be had in 7 bits: " + std::string(why));
}

result<void> add_field(std::string& out, const header_field& field) {
  const auto encoded = encoded_field(field);
  if (!encoded) return cannot(encoded.error().context);
  out += *encoded;
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
  SP_TRY(auto out, converter().convert(message, true, 0));
  // A delimiter with such a boundary, for one, is not to be changed.
  if (!is_ascii(out)) return cannot("a boundary that is not ASCII");
  return out;
}

result<std::string> header_to_seven_bit(std::string_view fields) {
  if (is_ascii(fields)) return std::string(fields);
  const message_view view(fields, line_ends::lf);
  std::string out;
  for (const auto& field : view.fields()) SP_CHECK(add_field(out, field));
  return out;
}

}  // namespace signpost::imf
