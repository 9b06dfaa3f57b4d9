// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Who wrote a message, read twice: according to the standards (for DMARC), and as any later reader
// might understand it (for alignment_guard). If both have the same result, as in honest mail, the
// second reading only costs one more pass over the header.
//
// Threads: pure functions. Limits: those of `dmarc::read_authors`; linear in the header section.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "model/authentication/author_facts.hpp"
#include "proto/dmarc/evaluation.hpp"

namespace signpost::model {

struct author_reading {
  /// The domains whose policies are queried; fails as `dmarc::read_authors`.
  result<std::vector<std::string>> domains;
  /// there is more than one From, with different content: no standard defines the author (RFC 5322
  /// §3.6), and a signature covers only one.
  bool several_fields = false;
  /// Not proven, with organizations as derived from the names alone.
  author_facts facts;
};

/// `octets`: the message as received. A field counts if some reader may take it for From, even
/// after a line that is not a field, up to the first empty line. If none names anybody, a reader
/// may display Sender or Resent-From. A message that two readers would attribute to different
/// authors counts as anybody's.
[[nodiscard]] author_reading read_author(std::string_view octets);

/// True if every reader of `after`, the same message written in another way, finds the authors that
/// readers of `before` find: what was judged of the one then holds for the other.
[[nodiscard]] bool same_authors(std::string_view before, std::string_view after);

/// What to remember once DMARC was evaluated for `read.domains`.
[[nodiscard]] author_facts proven_facts(const author_reading& read,
                                        const dmarc::check_result& found);

}  // namespace signpost::model
