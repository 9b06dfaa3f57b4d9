// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What is hashed instead of the raw octets, so that harmless changes in transit do not matter: the
// algorithms "simple" and "relaxed" for header fields and bodies (RFC 6376 §3.4).
//
//     std::string out;
//     relaxed_body body;
//     const auto sink = [&](std::string_view piece) { out += piece; };
//     body.update(octets, sink);
//     body.finish(sink);
//
// Only CRLF ends a line (RFC 6376 §3.4.3, §3.4.4); lone CRs and LFs in a body are ordinary text.
// Bodies may arrive in pieces of any size. Unchanged stretches are passed on without a copy.
//
// Threads: pure functions and values. Linear time, constant memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace signpost::dkim {

enum class canonicalization : std::uint8_t { simple, relaxed };
[[nodiscard]] std::string_view to_string(canonicalization c);

/// `c=`: "relaxed/simple" = header/body.
struct canonicalization_pair {
  canonicalization header = canonicalization::simple;
  canonicalization body = canonicalization::simple;
  friend bool operator==(const canonicalization_pair&, const canonicalization_pair&) = default;
};
/// RFC 6376 §3.5: "simple" if the part after the slash is missing. Nothing for other words.
[[nodiscard]] std::optional<canonicalization_pair> parse_canonicalization(std::string_view text);
[[nodiscard]] std::string to_string(canonicalization_pair pair);

/// `name:value` in the relaxed form of RFC 6376 §3.4.2, without the CRLF at its end.
[[nodiscard]] std::string relaxed_field(std::string_view name, std::string_view value);

/// The first octet in [from, end) that relaxed canonicalization may change, otherwise `end`:
/// a TAB, a CR, or a SP before another blank, a CR or the end.
[[nodiscard]] const char* find_irregular(const char* from, const char* end);

namespace detail {
/// Hands `count` CRLFs to `sink`.
template <typename Sink>
void emit_line_ends(std::uint64_t count, const Sink& sink);
const char* skip_blanks(const char* from, const char* end);
}  // namespace detail

/// RFC 6376 §3.4.3: empty lines at the end become one CRLF, which an empty body also gets.
class simple_body {
 public:
  template <typename Sink>
  void update(std::string_view piece, const Sink& sink);
  template <typename Sink>
  void finish(const Sink& sink);

 private:
  std::uint64_t line_ends_ = 0;  ///< held back: they may be the end
  bool cr_ = false;              ///< the last octet was a CR, the next one decides
};

/// RFC 6376 §3.4.4: runs of blanks become one space, none at the end of lines, no empty lines at
/// the end; a body of empty lines alone becomes the empty body.
class relaxed_body {
 public:
  template <typename Sink>
  void update(std::string_view piece, const Sink& sink);
  template <typename Sink>
  void finish(const Sink& sink);

 private:
  template <typename Sink>
  void emit(std::string_view text, const Sink& sink);
  template <typename Sink>
  const char* take_first(std::string_view piece, const Sink& sink);

  std::uint64_t line_ends_ = 0;  ///< held back: they may be the end
  bool blank_ = false;           ///< held back: a line end may follow
  bool cr_ = false;
  bool begun_ = false;      ///< something was passed on
  bool line_open_ = false;  ///< and it did not end with CRLF
};

}  // namespace signpost::dkim

#include "proto/dkim/canonicalization.inl.hpp"
