// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Copies of queued messages on the disks of other nodes: the step between a synced write on this
// node and the 250.
//
//     const auto group = copies.send(messages, on_failure::withdraw);  // the syncs overlap
//     auto written = spool.commit(std::move(changes));
//     if (!written) return copies.withdraw(group);
//     auto receipts = copies.confirm(group, std::move(*written), [](auto receipts) { … });
//     if (receipts) …             // at once: there is nothing to wait for
//
// Only this turns a proof of writing (`storage::write_receipt`) into one that may be promised
// (`commit_receipt`, RFC 5321 §6.1).
//
// Threads: `send`, `confirm` and `withdraw` from the SPOOLER's; `done` is called on any.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "base/commit_receipt.hpp"
#include "base/result.hpp"
#include "storage/spool/spool.hpp"

namespace signpost::cluster {

/// What happens to a group if not enough disks confirm a copy.
enum class on_failure : std::uint8_t {
  withdraw,    ///< `done` gets errc::unavailable: the client keeps the message
  keep_trying  ///< nobody else has it (a bounce, for example): `done` waits until there are enough
};

/// Messages that are confirmed together; 0 = those that need no copies.
using copy_group = std::uint64_t;

class copies {
 public:
  using outcome = result<std::vector<commit_receipt>>;

  virtual ~copies() = default;

  /// Starts to send copies of what is about to be written here. Copies what it needs from
  /// `messages` before it returns. Does not block.
  virtual copy_group send(std::span<const storage::new_message* const> messages,
                          on_failure then) = 0;
  /// The write has succeeded. With a value: one receipt for each of `written`, in order, or why
  /// there are none; then `done` is never called. Without: `done` is called once, when enough disks
  /// have confirmed or (on_failure::withdraw) when they have not within the time that clients are
  /// kept waiting: errc::unavailable. Peers have then been told to forget their copies.
  virtual std::optional<outcome> confirm(copy_group group,
                                         std::vector<storage::write_receipt> written,
                                         std::function<void(outcome)> done) = 0;
  /// The write has failed: peers forget what they were sent. The group is never confirmed.
  virtual void withdraw(copy_group group) = 0;
};

}  // namespace signpost::cluster
