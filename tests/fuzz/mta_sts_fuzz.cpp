// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// A record; the rest behind an empty line is a policy.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/assert.hpp"
#include "base/text.hpp"
#include "proto/mta_sts/policy.hpp"
#include "proto/mta_sts/record.hpp"

namespace signpost {
namespace {

void run(std::string_view text) {
  const auto gap = text.find("\n\n");
  if (const auto record = mta_sts::parse_record(text.substr(0, gap))) {
    SP_ASSERT(!record->id.empty() && record->id.size() <= 32);
  }
  if (gap == std::string_view::npos) return;
  const auto policy = mta_sts::parse_policy(text.substr(gap + 2));
  if (!policy) return;
  SP_ASSERT(policy->max_age >= std::chrono::seconds(0) && policy->max_age <= mta_sts::max_age_max);
  SP_ASSERT(policy->mode == mta_sts::policy_mode::none || !policy->mx.empty());
  for (const auto& pattern : policy->mx) {
    SP_ASSERT(is_ascii(pattern) && !pattern.ends_with('.'));
    const auto host = pattern.starts_with("*.") ? "x" + pattern.substr(1) : pattern;
    SP_ASSERT(mta_sts::allows(*policy, host));
  }
}

}  // namespace
}  // namespace signpost

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  signpost::run({reinterpret_cast<const char*>(data), size});
  return 0;
}
