// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "bench/support/dkim_lead.hpp"

#include "bench/support/message_template.hpp"
#include "proto/dkim/signer.hpp"

namespace signpost::bench {
namespace {

constexpr wall_time signed_at{seconds{1'790'000'000}};
constexpr std::string_view final_dot = ".\r\n";

}  // namespace

result<std::string> sign_load(const dkim_identity& with, std::string_view run,
                              std::string_view body) {
  body.remove_suffix(final_dot.size());
  const auto message = std::string(message_header(run).text()) + std::string(body);
  const imf::message_view view(message);
  dkim::message_hasher hasher(view);
  return dkim::sign(hasher,
                    {.domain = with.domain,
                     .selector = with.selector,
                     .key = with.key,
                     .fields = {.names = {"from", "to", "date", "mime-version", "content-type"},
                                .oversigned = {"from"}}},
                    signed_at);
}

}  // namespace signpost::bench
