// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Who a message may be displayed as coming from, and whether that was proven: remembered from
// receipt to sending, so that none of our names vouches for an author who was not proven.
//
// Threads: values. Limits: `author_domains_kept_max`; a message with more of them counts as
// anybody's.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace signpost::model {

/// How many author domains of one message are remembered; honest mail has one.
inline constexpr std::size_t author_domains_kept_max = 32;

/// A domain in From, or one that some reader may see there.
struct author_domain {
  std::string name;  ///< in A-labels and lower case
  /// The widest domain that some receiver may take for its organization (RFC 9989 §4.10.2, RFC 7489
  /// §3.2): `name` itself or a domain above it.
  std::string organization;
  friend bool operator==(const author_domain&, const author_domain&) = default;
};

struct author_facts {
  /// False: not checked (messages that older versions accepted).
  bool known = false;
  /// The message itself passed for every author domain: by SPF or DKIM of a domain aligned with it
  /// (RFC 9989 §4.4). A sealer's statement (ARC) is not a proof.
  bool proven = false;
  /// It may be shown as anybody's: more domains than are remembered.
  bool anybody = false;
  std::vector<author_domain> domains = {};
  friend bool operator==(const author_facts&, const author_facts&) = default;
};

}  // namespace signpost::model
