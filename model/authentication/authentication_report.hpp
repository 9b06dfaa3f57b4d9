// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What the checks found, as verdicts for admission and as header fields for the receiver (RFC 8601,
// RFC 7208 §9.1).
//
// Threads: pure functions. What strangers said about themselves stays inside its quotes; octets
// outside ASCII are written only for internationalized mail.
#pragma once

#include <optional>
#include <string>

#include "model/authentication/admission.hpp"
#include "proto/arc/verifier.hpp"
#include "proto/dkim/verifier.hpp"
#include "proto/dmarc/evaluation.hpp"
#include "proto/spf/evaluation.hpp"

namespace signpost::model {

/// One identity with its SPF result.
struct spf_finding {
  spf::check_request asked;
  spf::check_result found;
};

struct authentication_findings {
  std::string authserv_id;
  spf_finding helo;
  std::optional<spf_finding> mailfrom;  ///< nothing for the null reverse-path
  dkim::verification dkim;
  arc::validation arc;
  dmarc::check_result dmarc;
  /// A trusted sealer's domain, see `find_voucher`.
  std::string vouched_by;

  /// The identity that counts: MAIL FROM, or its replacement (RFC 7208 §2.4: "When the
  /// reverse-path is null, this document defines the "MAIL FROM" identity to be the mailbox
  /// composed of the local-part "postmaster" and the "HELO" identity").
  [[nodiscard]] const spf_finding& sender() const { return mailfrom ? *mailfrom : helo; }
};

[[nodiscard]] authentication_results report(const authentication_findings& f);

}  // namespace signpost::model
