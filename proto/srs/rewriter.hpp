// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The Sender Rewriting Scheme: a forwarder writes its own domain into the envelope sender, so that
// SPF (RFC 7208) passes at the next hop, and finds the way back when a bounce comes. The format is
// the "Guarded" scheme of Mail::SRS, which postsrsd and others understand:
//
//     user@host              → SRS0=HHHH=TT=host=user@alias
//     SRS0=…@first           → SRS1=HHHH=first==…@alias
//     SRS1=hhhh=first==…@any → SRS1=HHHH=first==…@alias
//
// HHHH: the first characters of an HMAC-SHA1, compared ignoring case because some hosts fold local
// parts. Eight and more are written in base32, which loses nothing by folding: 40 bits. They are
// made from the lower case of the tag, all that follows HHHH, and the alias, each on a line of its
// own (a host `-` is the alias): no part can be moved into another, and no address is good under
// another domain of ours. Fewer are written in base64 and made from all that follows, joined
// without separators, as Mail::SRS and postsrsd do: four of them are worth 21 bits, which can be
// found by trying long enough. Earlier versions made the long ones in that way too: those are
// accepted as long as the day in them is within `max_age`. TT: the day, modulo 1024, in base32.
//
// A rewritten local part that is not a Dot-string (`"j doe"@host`, address literals) is quoted (RFC
// 5321 §4.1.2); both directions work on the text between the quotes.
//
// Threads: const methods from any thread. Limits: `options::local_octets_max`. Not done: the
// "Reversible database" scheme, which needs storage.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/limits.hpp"
#include "base/result.hpp"

namespace signpost::srs {

/// The minimum length of a secret in octets: half a SHA-1, enough not to be guessed.
inline constexpr std::size_t secret_octets_min = 16;

/// The length from which a hash is written in base32 (RFC 4648 §6), without `/`, `+`, `=`.
inline constexpr std::size_t strong_hash_length = 8;

struct options {
  /// The first one signs, all verify: put a new one in front, remove the old one after `max_age`.
  std::vector<std::string> secrets;
  /// Written after `SRS0` and `SRS1`: `=`, `-` or `+`; all three are understood.
  char separator = '=';
  /// Length of the hashes that we write, 4 to 27; base64 if less than `strong_hash_length`.
  std::size_t hash_length = strong_hash_length;
  /// Shorter hashes are refused, 4 to `hash_length`; 0: shorter ones than `hash_length`. Under
  /// `strong_hash_length`: those in base64 are read as well as those in base32.
  std::size_t hash_length_min = 0;
  /// If set, addresses with four and more characters of base64 are accepted if they were made
  /// before this time, and so none at all `max_age` later. For mail sent before `hash_length` was
  /// increased.
  std::optional<wall_time> short_hashes_until = {};
  /// How long bounces find their way back; under 1024 days.
  std::chrono::days max_age{21};
  /// RFC 5321 §4.5.3.1.1. Many hosts accept more, so an operator may raise it.
  std::size_t local_octets_max = limits::local_part_octets_max;
};

/// True for anything in the form of the Guarded scheme, no matter who signed it:
/// `SRS0=HHHH=TT=host=user` and `SRS1=HHHH=host==…`, tag and hash in any case. `local` is unquoted.
/// `srs0-team` is somebody's mailbox.
[[nodiscard]] bool is_srs(std::string_view local);

/// errc::limit_exceeded for a secret shorter than `secret_octets_min`.
result<void> validate_secret(std::string_view secret);

class rewriter {
 public:
  /// The options must be within their bounds and have at least one secret that is not empty.
  explicit rewriter(options o);

  /// The sender under which `alias_domain` forwards mail from `sender` (`user@host`). A
  /// sender in `alias_domain` and the empty sender are returned unchanged. errc::malformed if
  /// `sender` is not an address; errc::limit_exceeded if the rewritten local part would exceed
  /// `local_octets_max` octets.
  [[nodiscard]] result<std::string> forward(std::string_view sender, std::string_view alias_domain,
                                            wall_time now) const;

  /// As `forward()`, but a sender that would be too long becomes the return address of the
  /// forwarder's own postmaster, `SRS0=HHHH=TT=-=postmaster@alias_domain`: SPF passes and the mail
  /// goes out, and a bounce comes to a person. It has the form of all return addresses, which no
  /// mailbox of the domain can have, and its hash.
  [[nodiscard]] result<std::string> forward_or_fallback(std::string_view sender,
                                                        std::string_view alias_domain,
                                                        wall_time now) const;

  /// The address to which a bounce to `address` goes: one hop back for SRS1, the original sender
  /// for SRS0. The domain of `address` is not checked: the caller knows that it is ours.
  /// errc::malformed if it is not an SRS address; errc::denied if the hash is wrong or too short,
  /// or the timestamp older than `max_age`.
  [[nodiscard]] result<std::string> reverse(std::string_view address, wall_time now) const;

  /// What `reverse()` returns if the hash is right: fails in the same way, except for a wrong hash,
  /// which is not checked. All of this may be disclosed to someone who must not learn whether a
  /// hash is right.
  [[nodiscard]] result<std::string> claimed(std::string_view address, wall_time now) const;

 private:
  /// The contents of an SRS address, not yet verified.
  struct claim {
    std::string hash;
    std::string bound_text;
    std::string unbound_text;     ///< without boundaries and alias
    bool may_be_unbound = false;  ///< a long hash may be of an earlier version
    std::string address;
    std::size_t base64_length_min = 0;  ///< of a hash in base64
  };

  // `alias` is in A-labels.
  [[nodiscard]] std::string rewritten_local(std::string_view local, std::string_view host,
                                            std::string_view alias, wall_time now) const;
  [[nodiscard]] std::string srs0_local(std::string_view timestamp, std::string_view host,
                                       std::string_view user, std::string_view alias) const;
  [[nodiscard]] std::string srs1_local(std::string_view tag, std::string_view first_host,
                                       std::string_view rest, std::string_view alias) const;
  [[nodiscard]] std::string signature(std::string_view bound_text,
                                      std::string_view unbound_text) const;
  [[nodiscard]] result<claim> read(std::string_view address, wall_time now) const;
  [[nodiscard]] result<claim> read_srs0(std::string_view local, std::string_view written_alias,
                                        std::string_view alias, wall_time now) const;
  [[nodiscard]] result<claim> read_srs1(std::string_view local, std::string_view alias,
                                        wall_time now) const;
  [[nodiscard]] result<claim> long_enough(claim c, wall_time made) const;
  [[nodiscard]] bool is_signed(const claim& c) const;

  options options_;
};

}  // namespace signpost::srs
