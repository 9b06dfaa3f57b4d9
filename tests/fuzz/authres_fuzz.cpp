// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The value of an Authentication-Results field: what is read is written as one field and, as long
// as nothing had to be cut or replaced, read back the same.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.hpp"
#include "base/text.hpp"
#include "proto/authres/authentication_results.hpp"

namespace signpost {
namespace {

void run(std::string_view text) {
  const bool ours = authres::claims_to_be_ours(text, "mx.example.net");
  const auto parsed = authres::parse(text);
  if (!parsed) return;
  SP_ASSERT(ours || !equals_ignoring_case(parsed->authserv_id, "mx.example.net"));
  const auto field = authres::field(*parsed);
  for (std::size_t i = 0; i + 2 < field.size(); ++i) {
    SP_ASSERT(field[i] != '\n' || field[i + 1] == ' ');
  }
  const auto again = authres::parse(std::string_view(field).substr(field.find(':') + 1));
  SP_ASSERT(again.has_value());
  SP_ASSERT(again->results.size() == parsed->results.size());
  for (std::size_t i = 0; i < again->results.size(); ++i) {
    SP_ASSERT(again->results[i].method == parsed->results[i].method);
    SP_ASSERT(again->results[i].result == parsed->results[i].result);
    SP_ASSERT(again->results[i].properties.size() == parsed->results[i].properties.size());
  }
}

}  // namespace
}  // namespace signpost

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  signpost::run({reinterpret_cast<const char*>(data), size});
  return 0;
}
