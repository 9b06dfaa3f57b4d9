// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Mail that the node writes itself, except delivery notifications (bouncer.hpp): plain text to one
// person.
//
// Threads: functions of their arguments. Limits: `letter_text_octets_max`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "model/queue/retry.hpp"
#include "model/routing/zone.hpp"
#include "proto/address/mailbox.hpp"
#include "storage/spool/spool.hpp"

namespace signpost::actors {

inline constexpr std::size_t letter_text_octets_max = 64 * 1024;

struct own_letter {
  std::string to;       ///< `user@example.org`
  std::string subject;  ///< UTF-8, one line
  std::string text;     ///< UTF-8, lines end with LF
};

/// What the node adds.
struct letter_facts {
  std::string host_name;
  /// The local part, at the host name, that receives its bounces and passes them to the postmaster.
  std::string bounces_to;
  std::string message_id;  ///< without angle brackets
  wall_time now;
};

/// The message, from `Signpost <postmaster@host name>`, in CRLF lines. errc::malformed if the
/// subject or the text is not UTF-8 or has control characters, errc::limit_exceeded.
result<std::string> compose(const own_letter& letter, const letter_facts& facts);

/// For the SPOOLER: one envelope for each destination. Nobody is notified if it fails.
storage::new_message to_spool(std::string octets, const address::mailbox& to,
                              const std::vector<model::destination>& destinations,
                              const model::queue_id& id, const letter_facts& facts,
                              const model::retry_policy& retry);

/// `text` as it may be written in a header field: unchanged if it is ASCII, otherwise as encoded
/// words of UTF-8 (RFC 2047 §2), none of which divides a character.
std::vector<std::string> header_words(std::string_view text);

}  // namespace signpost::actors
