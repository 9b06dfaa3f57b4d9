// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// A DNS response. The input is: the type that was asked for, the message.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/assert.hpp"
#include "base/text.hpp"
#include "proto/dns/message.hpp"
#include "tests/fuzz/input.hpp"

namespace signpost {
namespace {

bool is_safe_name(std::string_view name) {
  // Each octet is escaped as four at most.
  return name.size() <= 4 * dns::name_octets_max
         && std::ranges::all_of(name, [](char c) { return c > ' ' && c < 0x7f; });
}

void run(std::string_view text) {
  static constexpr std::array types = {
      dns::record_type::a,   dns::record_type::cname, dns::record_type::ptr, dns::record_type::mx,
      dns::record_type::txt, dns::record_type::aaaa,  dns::record_type::tlsa};
  fuzz::input in(text);
  const dns::question q{.name = "example.org", .type = types[in.octet() % types.size()]};
  const auto got = dns::parse_response(q, as_bytes(in.rest()));
  if (!got) {
    SP_ASSERT(got.error().code == errc::malformed || got.error().code == errc::limit_exceeded);
    return;
  }
  SP_ASSERT((got->status == dns::status::records) == !got->records.empty());
  SP_ASSERT(is_safe_name(got->canonical_name));
  // A record takes ten octets and its name.
  SP_ASSERT(got->records.size() * 11 <= in.rest().size());
  for (const auto& r : got->records) {
    SP_ASSERT(is_safe_name(r.name));
    SP_ASSERT(r.text.size() + r.rdata.size() <= in.rest().size());
  }
}

}  // namespace
}  // namespace signpost

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  signpost::run({reinterpret_cast<const char*>(data), size});
  return 0;
}
