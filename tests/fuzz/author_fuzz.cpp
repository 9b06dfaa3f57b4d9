// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The values of From fields, one a line; a line that begins with a blank continues the one before.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/assert.hpp"
#include "base/text.hpp"
#include "proto/address/dns_name.hpp"
#include "proto/dmarc/author.hpp"
#include "tests/fuzz/input.hpp"

namespace signpost {
namespace {

void run(std::string_view text) {
  std::vector<std::string> values;
  for (fuzz::input in(text); !in.rest().empty();) {
    const auto line = in.line();
    const bool continues = line.starts_with(' ') && !values.empty();
    if (continues) {
      values.back().append("\r\n").append(line);
    } else {
      values.emplace_back(line);
    }
  }
  const std::vector<std::string_view> views(values.begin(), values.end());
  const auto read = dmarc::read_authors(views);
  if (!read) return;
  const auto& found = read->domains;
  SP_ASSERT(!found.empty() && found.size() <= dmarc::author_domains_max);
  for (const auto& domain : found) {
    // An address literal stands as it is: no DNS name looks like one.
    const bool literal = domain.starts_with('[') && domain.ends_with(']');
    SP_ASSERT(literal || address::dns_name(domain) == domain);
    SP_ASSERT(std::ranges::count(found, domain) == 1);
  }
  // Nobody can hide an author behind another: with a further From there are as many or more.
  auto more = views;
  more.push_back("eve@further.example");
  const auto both = dmarc::read_authors(more);
  SP_ASSERT(both ? std::ranges::count(both->domains, "further.example") == 1
                 : both.error().code == errc::limit_exceeded);
}

}  // namespace
}  // namespace signpost

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  signpost::run({reinterpret_cast<const char*>(data), size});
  return 0;
}
