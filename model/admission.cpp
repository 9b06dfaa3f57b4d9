// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "model/admission.hpp"

#include <array>

#include "model/replies.hpp"

namespace signpost::model {
namespace {

struct dmarc_row {
  verdict found;
  reply_kind refused_with;
};

// What refuses under enforce_dmarc; every other verdict admits.
constexpr std::array<dmarc_row, 2> dmarc_rows{{
    {verdict::fail, reply_kind::dmarc_refused},
    // RFC 7489 §6.6.3: a temporary failure of the DNS may be answered with 4xx.
    {verdict::temperror, reply_kind::authentication_later},
}};

}  // namespace

std::string_view to_string(verdict v) {
  static constexpr std::array<std::string_view, 8> words{
      "none", "pass", "fail", "softfail", "neutral", "policy", "temperror", "permerror"};
  return words.at(static_cast<std::size_t>(v));
}

std::optional<smtp::reply> admit(const authentication_results& results,
                                 const admission_policy& policy) {
  if (!policy.enforce_dmarc) return std::nullopt;
  for (const auto& row : dmarc_rows) {
    if (results.dmarc == row.found) return make_reply(row.refused_with);
  }
  return std::nullopt;
}

}  // namespace signpost::model
