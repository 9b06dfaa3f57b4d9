// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Whether a complete message is accepted, from the results of its authentication (RFC 8601 §2.7)
// and the policy of the zone.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/authentication/author_facts.hpp"
#include "proto/smtp/reply.hpp"

namespace signpost::model {

/// The words of RFC 8601 §2.7; not every method uses all of them. `none`: not checked, or nothing
/// to check.
enum class verdict : std::uint8_t {
  none,
  pass,
  fail,
  softfail,
  neutral,
  policy,
  temperror,
  permerror,
};

std::string_view to_string(verdict v);

/// What a failed DMARC check asks receivers to do (RFC 9989 §4.7), after `t=y` lowered it.
enum class dmarc_disposition : std::uint8_t { none, quarantine, reject };

std::string_view to_string(dmarc_disposition d);

/// What is known about the sender of a message.
struct authentication_results {
  /// If false, nothing was checked (authentication is disabled), and every verdict is `none`.
  bool checked = false;
  verdict spf = verdict::none;  ///< of MAIL FROM; of HELO if the sender is null
  verdict spf_helo = verdict::none;
  verdict dkim = verdict::none;  ///< the best of all signatures
  /// `fail` is final: no missing answer could have made it pass (otherwise it is `temperror`).
  verdict dmarc = verdict::none;
  verdict arc = verdict::none;
  std::string spf_domain;                 ///< the domain that `spf` is about, in A-labels
  std::vector<std::string> dkim_domains;  ///< `d=` of every signature that passed
  std::string author_domain;              ///< of From, in A-labels; empty if none could be
                                          ///< determined
  /// All that may be shown as the author, and whether the message itself passed for them.
  author_facts author = {};
  /// Set if `dmarc` is fail, whatever ARC says.
  dmarc_disposition disposition = dmarc_disposition::none;
  /// Domain of the trusted sealer whose ARC set says that DMARC passed there, if the chain passes;
  /// otherwise empty.
  std::string vouched_by;
  /// SPF failed or was not conclusive only because the DNS did not answer, or a signature could not
  /// be checked for that reason.
  bool temporary = false;
  /// Received-SPF and Authentication-Results as written above the message: whole fields with CRLF.
  std::string fields;
  friend bool operator==(const authentication_results&, const authentication_results&) = default;
};

enum class quarantine_action : std::uint8_t { mark, reject };

/// What happens to mail whose author is in one of our domains and is not proven.
enum class own_author_action : std::uint8_t { off, mark, reject };

std::string_view to_string(own_author_action a);
std::optional<own_author_action> parse_own_author_action(std::string_view word);

/// The policy of a zone. A default-constructed one is the policy of zones without settings.
struct admission_policy {
  /// Mail that fails DMARC with disposition reject is refused.
  bool enforce_dmarc = true;
  /// If `enforce_dmarc`: mail whose author cannot be determined is refused, except bounces, in
  /// which some hosts write `From: MAILER-DAEMON <>`.
  bool require_author = true;
  /// What happens with disposition quarantine, if `enforce_dmarc`.
  quarantine_action quarantine = quarantine_action::mark;
  /// Mail for which neither SPF nor DKIM passes is not forwarded.
  bool require_authentication = true;
  /// What happens to mail in the name of one of this node's domains that does not pass for it.
  own_author_action own_author = own_author_action::mark;
  friend bool operator==(const admission_policy&, const admission_policy&) = default;

  /// Accepts everything: for bounces that come back through one of our signed addresses (SRS).
  static admission_policy open();
};

/// What is known about a message apart from its sender.
struct admission_facts {
  /// An author is at or below one of our zones, or the node's own names.
  bool author_is_ours = false;
  /// One of our names may be lent to it (alignment_guard.hpp), so it can be forwarded.
  bool can_be_sent = true;
};

/// What to do with a message.
struct admission {
  std::optional<smtp::reply> refusal;  ///< nothing: the message is accepted…
  bool marked = false;                 ///< …and marked as quarantined
  /// Which row of the table decided, for logs and events: `dmarc_reject`, `arc_rescue`, …
  std::string_view reason = "pass";
};

/// The details of its event, in this order: `spf`, `dkim`, `dmarc` and `arc`, then, if applicable,
/// `author_domain`, `dmarc_policy` (what the author's domain asks for),
/// `admission` (the reason) and `marked`, `vouched_by`.
std::vector<std::pair<std::string, std::string>> event_details(
    const authentication_results& results, const admission& decision);

/// The reasons with which admit() refuses; a word may occur more than once.
std::vector<std::string_view> refusal_reasons();

/// Pure: the rows of a table, tried in order; see docs/operating/authentication.md. Only a verdict
/// that was reached can refuse: unchecked messages are all accepted, except those that could not be
/// forwarded without forging.
admission admit(const authentication_results& results, const admission_policy& policy,
                const admission_facts& facts = {});

}  // namespace signpost::model
