// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What has changed in the setup, for readers that keep a copy of it, such as the routing table of
// this node or another one.
//
//     SP_TRY(auto position, now->position());  // of the snapshot that the copy was made from
//     const auto kept = feed.subscribe([] { wake(); });  // optional: a timer is enough
//     …
//     SP_TRY(const auto news, feed.after(position, 1000));
//     if (news.reload) return read_everything();  // and begin with its position
//     for (const auto& change : news.changes) {
//       read_again(change.zones);
//       position = change.position;
//     }
//
// *Revisions are gap-free.* The first change has revision 1, and each change the next one,
// whichever node committed it. `after` returns them in this order, and only those that are durable.
//
// *History is verified.* A position names a change by its revision and its mark, which depends on
// that change and on all before it. If the setup goes back (a backup was restored, or a standby
// took over that had not received the last changes), revisions are reused for other changes: the
// mark at a reader's position differs, or the position is in the future. In these cases, and
// if a reader is so far behind that the changes it needs are no longer listed, the answer is
// `reload`: the reader has to read everything from a snapshot and continue from its position.
//
// *Notifications are hints.* They may be lost, duplicated or late, and arrive on any thread; one
// may represent many changes or none. Polling `after` must be enough: a reader that does so
// learns of all changes, those of its own node and those of others.
//
// Threads: all from any.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "model/control/control_objects.hpp"

namespace signpost::model {

/// A place in the history of changes: just after this one.
struct feed_position {
  std::uint64_t revision = 0;  ///< 0 = before the first
  /// Opaque octets; two histories have the same mark here only if they are equal up to here.
  std::string mark = {};
  friend bool operator==(const feed_position&, const feed_position&) = default;
};

/// One committed change: which zones the mail path has to reload.
struct change_record {
  feed_position position;
  wall_time when;
  /// Zones that were created, changed or removed, whose rules were, or with a rule that forwards to
  /// an address that was verified or removed; in no particular order, each once.
  std::vector<object_id> zones;
  bool all_zones = false;  ///< too many to list (an import): everything has to be read again
  friend bool operator==(const change_record&, const change_record&) = default;
};

enum class reload_reason : std::uint8_t {
  too_far_behind,  ///< changes that old are no longer listed
  other_history,   ///< the change at the reader's position is not part of the store's history
};
[[nodiscard]] constexpr std::string_view to_string(reload_reason r) {
  return r == reload_reason::too_far_behind ? "too_far_behind" : "other_history";
}

struct change_news {
  std::vector<change_record> changes;  ///< oldest first, the first of them the next one
  std::optional<reload_reason> reload;  ///< then there are no changes
};

class change_feed {
 public:
  virtual ~change_feed() = default;

  /// The changes after `from`, `max` at most; none if there are no more. errc::unavailable: ask
  /// again later, nothing is lost; errc::corrupt.
  [[nodiscard]] virtual result<change_news> after(const feed_position& from,
                                                  std::size_t max) const = 0;

  /// The newest revision that this node knows of without asking the database: not older than any
  /// change that was committed through this node. Cheap. It may decrease if the history does.
  [[nodiscard]] virtual std::uint64_t last_known() const = 0;

  /// Calls `look` when there may be new changes, until the subscription is destroyed. It must be
  /// quick and must not use the store. A call may still be running after the subscription has been
  /// destroyed, so `look` has to own what it uses.
  using subscription = std::shared_ptr<const void>;
  [[nodiscard]] virtual subscription subscribe(std::function<void()> look) = 0;
};

}  // namespace signpost::model
