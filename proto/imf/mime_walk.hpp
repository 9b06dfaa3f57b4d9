// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Visits the parts of a MIME message in document order (RFC 2046 §5).
//
// Threads: pure functions. Limits: `mime_depth_max`, `mime_parts_max`; each level of nesting is one
// more pass over its octets, so the time is linear in `mime_depth_max` times the size.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "proto/imf/message_view.hpp"
#include "proto/imf/mime.hpp"

namespace signpost::imf {

/// How deep multiparts and messages may nest.
inline constexpr std::size_t mime_depth_max = 16;
/// How many parts are read, including the message itself.
inline constexpr std::size_t mime_parts_max = 1000;

/// One body part; the message itself is the first.
struct mime_part {
  message_view view;  ///< of the part's own octets: its MIME header and its unchanged body
  content_type type;
  std::size_t depth = 0;

  /// The body without its transfer encoding.
  [[nodiscard]] std::string content() const {
    return decode_transfer(view.text("Content-Transfer-Encoding"), view.body());
  }
};

/// What a visitor does next: the parts inside this one, the next part, or nothing more.
enum class walk_step : std::uint8_t { into, over, stop };

using part_visitor = std::function<walk_step(const mime_part&)>;

/// Calls `visit` for `message` and each part in it. `into` descends into multiparts and, if they
/// are not transfer-encoded, into message/rfc822 and message/global. A multipart without (usable)
/// boundary has no parts; one that is not closed ends with its octets. errc::limit_exceeded if
/// parts were skipped because of a limit.
result<void> walk_parts(const message_view& message, const part_visitor& visit);

}  // namespace signpost::imf
