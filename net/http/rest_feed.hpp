// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The rest of a message (base/body_rest.hpp) for a reader that must not wait: one piece at a time,
// with a notification when the next one has arrived. Not for other folders.
//
//     switch (feed->look()) {
//       case rest_feed::state::here: use(feed->piece()); feed->take(n); break;
//       case rest_feed::state::awaited: break;  // come again when `came` was called
//       default: break;
//     }
//
// Threads: one at a time; `came` is called on any, perhaps inside look(). Limits: one piece is in
// memory, and one is requested.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/body_rest.hpp"

namespace signpost::net {

class rest_feed : public std::enable_shared_from_this<rest_feed> {
 public:
  enum class state : std::uint8_t { here, awaited, ended, failed };

  rest_feed(std::shared_ptr<const body_rest> rest, std::function<void()> came)
      : rest_(std::move(rest)), came_(std::move(came)) {}

  /// Requests the next piece if there is none. A failure is permanent.
  state look();
  /// What has arrived and was not yet taken.
  [[nodiscard]] std::string_view piece() const { return std::string_view(piece_).substr(taken_); }
  void take(std::size_t octets) { taken_ += octets; }

 private:
  /// False: nothing has come.
  bool fetch();
  void ask();

  const std::shared_ptr<const body_rest> rest_;
  const std::function<void()> came_;
  std::string piece_;
  std::size_t taken_ = 0;
  std::uint64_t offset_ = 0;  ///< after the piece
  bool asked_ = false;
  bool failed_ = false;

  std::mutex mutex_;
  std::optional<result<std::string>> arrived_;  // guarded by mutex_
};

}  // namespace signpost::net
