// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/dsn/returned_message.hpp"

#include "base/text.hpp"
#include "proto/imf/fields.hpp"
#include "proto/imf/message_view.hpp"
#include "proto/imf/mime.hpp"
#include "proto/imf/traits.hpp"

namespace signpost::dsn {

namespace {

/// True if the octets can be in a 7bit or 8bit part (RFC 2045 §2.7, §2.8).
bool has_clean_lines(std::string_view octets) {
  return imf::max_line_octets(octets) <= imf::line_octets_max && !imf::has_bare_line_ends(octets)
         && octets.find('\0') == std::string_view::npos;
}

bool can_return_whole(const report& r, std::string_view header, bool utf8) {
  if (r.headers_only || r.original.size() > r.original_octets_max) return false;
  if (!has_clean_lines(r.original)) return false;
  // RFC 2046 §5.2.1: message/rfc822 may not be encoded, and its header must be ASCII; a header in
  // UTF-8 needs message/global (RFC 6532 §3.7).
  if (!is_ascii(r.original) && !r.allow_eight_bit) return false;
  return is_ascii(header) || (utf8 && is_utf8(header));
}

/// The fields that fit whole into `returned_header_octets_max`.
std::string_view header_to_return(const imf::message_view& view) {
  const auto section = view.header_section();
  if (section.size() <= returned_header_octets_max) return section;
  std::size_t octets = section.size();
  for (const auto& field : view.fields()) {
    const auto start = static_cast<std::size_t>(field.whole.data() - section.data());
    if (start + field.whole.size() > returned_header_octets_max) {
      octets = start;
      break;
    }
  }
  return section.substr(0, octets);
}

returned_message header_part(std::string_view header, bool utf8) {
  const bool clean = has_clean_lines(header);
  if (clean && is_ascii(header)) return {"text/rfc822-headers", "7bit", std::string(header), false};
  if (clean && utf8 && is_utf8(header)) {
    return {"message/global-headers", "8bit", std::string(header), false};
  }
  // RFC 6522 §4: header fields that are not legal 7bit content can be encoded with
  // quoted-printable.
  return {utf8 && is_utf8(header) ? "message/global-headers" : "text/rfc822-headers",
          "quoted-printable", imf::encode_quoted_printable(header), false};
}

}  // namespace

returned_message returned_part(const report& r, bool utf8) {
  const imf::message_view view(r.original);
  const auto header = view.header_section();
  auto out = header_part(header_to_return(view), utf8 && r.allow_eight_bit);
  if (can_return_whole(r, header, utf8)) {
    out = {is_ascii(header) ? "message/rfc822" : "message/global",
           is_ascii(r.original) ? "7bit" : "8bit", std::string(r.original), true};
  }
  if (!out.octets.ends_with("\r\n")) out.octets += "\r\n";
  return out;
}

}  // namespace signpost::dsn
