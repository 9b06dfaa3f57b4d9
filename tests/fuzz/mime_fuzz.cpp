// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The parts of a MIME message and their contents, Content-Type and the transfer encodings.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.hpp"
#include "base/text.hpp"
#include "proto/imf/mime.hpp"
#include "proto/imf/mime_walk.hpp"
#include "proto/imf/traits.hpp"

namespace signpost {
namespace {

void check_type(const imf::content_type& type) {
  SP_ASSERT(!type.type.empty() && !type.subtype.empty());
  SP_ASSERT(to_lower(type.type) == type.type && to_lower(type.subtype) == type.subtype);
  SP_ASSERT(type.parameters.size() <= imf::mime_parameters_max);
  for (const auto& p : type.parameters) {
    SP_ASSERT(to_lower(p.name) == p.name);
    SP_ASSERT(type.parameter(p.name).has_value());
  }
}

void check_parts(std::string_view text) {
  const imf::message_view message(text);
  std::size_t count = 0;
  std::size_t octets = 0;
  const auto got = imf::walk_parts(message, [&](const imf::mime_part& part) {
    ++count;
    check_type(part.type);
    SP_ASSERT(part.depth <= imf::mime_depth_max);
    const auto own = part.view.octets();
    SP_ASSERT(
        own.empty()
        || (own.data() >= text.data() && own.data() + own.size() <= text.data() + text.size()));
    SP_ASSERT(part.content().size() <= part.view.body().size());
    octets += own.size();
    return imf::walk_step::into;
  });
  SP_ASSERT(count >= 1 && count <= imf::mime_parts_max);
  // The parts of one depth do not overlap.
  SP_ASSERT(octets <= text.size() * (imf::mime_depth_max + 1));
  SP_ASSERT(got || got.error().code == errc::limit_exceeded);
}

void run(std::string_view text) {
  check_parts(text);
  check_type(imf::parse_content_type(text));
  const auto encoded = imf::encode_quoted_printable(text);
  SP_ASSERT(is_ascii(encoded) && imf::max_line_octets(encoded) <= 76);
  SP_ASSERT(!imf::has_bare_line_ends(encoded));
  SP_ASSERT(imf::decode_transfer("Quoted-Printable", encoded) == text);
  SP_ASSERT(imf::decode_transfer("base64", to_base64(as_bytes(text))) == text);
  SP_ASSERT(imf::decode_transfer("base64", text).size() <= text.size());
}

}  // namespace
}  // namespace signpost

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  signpost::run({reinterpret_cast<const char*>(data), size});
  return 0;
}
