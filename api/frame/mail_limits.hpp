// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// How many verification mails may be sent (api/addresses/mail_allowance.hpp counts them).
//
// Threads: values.
#pragma once

#include <cstdint>
#include <string>

namespace signpost::api {

/// Verification mails per day (`api.verification_mails_*`); 0 = no limit.
struct mail_limits {
  std::uint64_t mailbox_max = 5;
  std::uint64_t domain_max = 200;
  std::uint64_t account_max = 100;
  std::uint64_t token_max = 500;
  std::uint64_t node_max = 10'000;
  std::string delimiters = "+";  ///< of subaddresses
};

}  // namespace signpost::api
