// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The durable spool of one node: message bytes, envelopes and the schedule of attempts in one
// RocksDB, the activity log in another one (activity_log.hpp).
//
// One thread writes (the SPOOLER): it collects changes in a `change_set` and commits them as one
// synced write. Any thread may read.
//
//     change_set changes;
//     changes.accept({.message = …, .body = …, .envelopes = …, .events = …});
//     changes.update({.before = old_envelope, .after = new_envelope, .events = …});
//     auto receipts = spool.commit(std::move(changes));   // one fsync for all of them
//
// Threads: `commit` from one thread at a time; all else from any.
// Limits: see `spool_options`. Failures: errc::no_space (disk full), errc::unavailable (I/O error,
// slow disk past its deadline, store is sick), errc::corrupt, errc::not_found.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/body.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "model/control/zone_scope.hpp"
#include "model/queue/activity_event.hpp"
#include "model/queue/envelope.hpp"
#include "storage/spool/spool_options.hpp"
#include "storage/spool/spool_state.hpp"
#include "storage/spool/write_receipt.hpp"

namespace signpost::storage {

/// A message to be accepted: all or nothing. With no envelopes only the events are written (a
/// message that every rule dropped).
struct new_message {
  model::message_record message;
  body_ptr body;
  std::vector<model::envelope> envelopes;
  std::vector<model::activity_event> events;
};

/// An envelope's change of state. When the last envelope of a message becomes final, the message
/// and its body are removed in the same write.
struct envelope_update {
  model::envelope before;
  model::envelope after;
  std::vector<model::activity_event> events;
};

class change_set {
 public:
  void accept(new_message m) { accepted_.push_back(std::move(m)); }
  void update(envelope_update u) { updates_.push_back(std::move(u)); }
  void record(model::activity_event e) { events_.push_back(std::move(e)); }
  [[nodiscard]] bool empty() const {
    return accepted_.empty() && updates_.empty() && events_.empty();
  }
  [[nodiscard]] const std::vector<new_message>& accepted() const { return accepted_; }
  [[nodiscard]] const std::vector<envelope_update>& updates() const { return updates_; }
  [[nodiscard]] const std::vector<model::activity_event>& events() const { return events_; }
  /// How many events there are, with those of the messages and the updates.
  [[nodiscard]] std::size_t event_count() const;
  /// All of them: those of the messages, then those of the updates, then the others.
  [[nodiscard]] std::vector<model::activity_event> take_events() &&;

 private:
  std::vector<new_message> accepted_;
  std::vector<envelope_update> updates_;
  std::vector<model::activity_event> events_;
};

/// The position of a scan of the schedule: before everything due later, or at the same time with a
/// greater id and index. Empty = at the beginning. The same in the whole schedule and in that of
/// one next hop.
using scan_position = std::string;
[[nodiscard]] scan_position position_of(const model::envelope& e);
/// Before everything due then.
[[nodiscard]] scan_position position_at(wall_time due);

/// Next hops that a scan skips.
using next_hop_set = std::unordered_set<std::string>;

struct due_page {
  std::vector<model::envelope> envelopes;  ///< in order of due time, then id, then index
  scan_position next;                      ///< pass it in again to continue; scans skip what is
                                           ///< behind it
  /// The page was cut at `max`, or because `due_rows_examined_max` rows had been examined.
  bool more = false;
  /// For each skipped next hop with something due here: where that begins.
  std::unordered_map<std::string, scan_position> left_out = {};
};

struct queue_filter {
  std::string next_hop;   ///< empty = any
  std::string sender;     ///< exact, without case; empty = any
  std::string recipient;  ///< original or destination, exact, without case; empty = any
  std::optional<model::outcome> state;
  std::string zone = {};  ///< whose rule it is, exact, without case; empty = any
  std::optional<model::zone_scope> owner = {};  ///< only what belongs to this zone
};

struct queue_page {
  std::vector<model::envelope> envelopes;  ///< in order of acceptance
  std::string next;                        ///< empty = the end
};

/// Limits of single calls.
inline constexpr std::size_t due_rows_examined_max = 20'000;
inline constexpr std::size_t list_rows_max = 20'000;
inline constexpr std::size_t timeline_events_max = 10'000;
inline constexpr std::size_t recent_events_max = 10'000;
inline constexpr std::size_t owner_events_examined_max = 100'000;

/// Messages over the former are stored in parts of the latter.
inline constexpr std::size_t body_whole_octets_max = 1U << 20;
inline constexpr std::size_t body_part_octets = 256U << 10;

class spool {
 public:
  /// Closes; everything committed is already synced. No other call may be under way.
  virtual ~spool() = default;

  /// Opens or creates. Takes an exclusive lock: errc::conflict if another process has it open;
  /// errc::corrupt names the file, if the damage cannot be repaired; errc::denied for
  /// permissions; errc::malformed if the schema is newer than this program. An older schema is
  /// upgraded.
  static result<std::unique_ptr<spool>> open(const spool_options& options);

  /// A fresh id for a message that is about to be accepted. Unique on this node forever, even after
  /// a crash or when the clock is set back. Any thread.
  virtual model::queue_id next_id(wall_time now) = 0;

  /// Writes everything except the events as one synced batch, then the events to the activity log:
  /// those that cannot be written there are counted and dropped. One receipt per accepted message,
  /// in order. On an error, no part of the set may be assumed written or be acknowledged.
  ///
  /// After an error the set may still turn up after a restart: its bytes can have reached the disk
  /// before the sync failed. That is safe in both directions. A message that was never answered
  /// with 250 is sent again by its client: a duplicate, which SMTP allows (RFC 5321 §6.1), not a
  /// loss.
  /// An update must be committed again by its caller until it succeeds; doing so twice is the same
  /// as once, and an accepted message that is committed again unchanged gets its receipt.
  ///
  /// Updates are applied to what is stored: an envelope that is final stays final and one that no
  /// longer exists does not come back; then only the events of the update are written.
  ///
  /// errc::no_space: less than `free_octets_min` is left and the set has a message from outside
  /// (one with a `client_address`), or there is no space for any change; updates and messages of
  /// our own are tried for longer, so commit those alone when a mixed set was refused.
  /// errc::unavailable: acknowledged mail is missing (`incomplete`) and the set has a message from
  /// outside; an I/O error, a store that has failed, or stalled past the deadline. errc::conflict,
  /// errc::malformed: a bug in the caller, see `batch_builder`.
  virtual result<std::vector<write_receipt>> commit(change_set changes) = 0;

  /// Envelopes due at `until` or before, from `position` on, at most `max`. Envelopes committed
  /// later with a due time before `position` are not seen from there: whoever commits them notifies
  /// the scheduler directly, or scans from the beginning. Unreadable rows are logged and skipped.
  /// Envelopes for a next hop in `leave_out` are skipped without being read.
  virtual result<due_page> scan_due(const scan_position& position, wall_time until, std::size_t max,
                                    const next_hop_set& leave_out) = 0;
  result<due_page> scan_due(const scan_position& position, wall_time until, std::size_t max) {
    return scan_due(position, until, max, {});
  }
  /// The same for one next hop only. errc::malformed if it is invalid.
  virtual result<due_page> scan_next_hop(std::string_view next_hop, const scan_position& position,
                                         wall_time until, std::size_t max) = 0;
  /// For a webhook's origin, everything that waits for any zone, not in order of time. It has its
  /// own positions.
  virtual result<due_page> scan_origin(std::string_view origin, const scan_position& position,
                                       std::size_t max) = 0;

  // Reading a message: errc::corrupt means that its octets are damaged or missing on the disk, even
  // when read once more past all caches: this is permanent. errc::unavailable may be temporary.

  virtual result<model::message_record> message(const model::queue_id& id) = 0;
  /// errc::not_found; errc::no_space if `budget` does not have enough left for it.
  virtual result<body_ptr> body_of(const model::message_record& record, memory_budget& budget) = 0;
  /// The same for a message whose record was not read yet.
  result<body_ptr> body(const model::queue_id& id, memory_budget& budget);
  /// A message that can be read in parts: all of `body_part_octets` but the last. Any part of a
  /// message that was stored whole (a small one, or one of an older version) is errc::not_found.
  virtual result<std::string> body_part(const model::queue_id& id, std::uint64_t part) = 0;
  /// All envelopes of a message, final ones too while another one is not.
  virtual result<std::vector<model::envelope>> envelopes(const model::queue_id& id) = 0;
  /// Without `filter.state`, those that are not final. One call examines at most `list_rows_max`
  /// rows: a page can have fewer than `max` envelopes, even none, and still a `next`.
  virtual result<queue_page> list(const queue_filter& filter, const std::string& from,
                                  std::size_t max) = 0;
  /// From the activity log, as far as readable; errc::unavailable while there is none.
  /// The events of one message, oldest first, at most `timeline_events_max`; they stay for the
  /// log's retention.
  virtual result<std::vector<model::activity_event>> timeline(const model::queue_id& id) = 0;
  /// The newest events of a zone (empty = all zones), newest first, at most `recent_events_max`.
  virtual result<std::vector<model::activity_event>> recent_events(std::string_view zone,
                                                                   std::size_t max) = 0;
  /// The same, for the zone's own; for a name that has had other owners since,
  /// `owner_events_examined_max` events are examined.
  virtual result<std::vector<model::activity_event>> recent_events_of(
      const model::zone_scope& owner, std::size_t max) {
    SP_TRY(auto events, recent_events(owner.name, max));
    std::erase_if(events, [&](const auto& e) { return !owner.has(e); });
    return events;
  }
  /// From counters kept in memory; exact.
  [[nodiscard]] virtual spool_totals totals() const = 0;

  /// The health of the store; cheap, any thread, even while a call hangs: a write that has not
  /// returned
  /// for `slow_write` makes it `slow`, and `failed` after `commit_deadline`. `failed` and `full`
  /// clear by themselves when the cause has gone (a probe writes from commit's thread or
  /// poll_health).
  [[nodiscard]] virtual spool_health health() const = 0;
  /// What is being waited for at this moment. Cheap, any thread.
  [[nodiscard]] virtual spool_waits waits() const { return {}; }
  /// Why it is not well and how to fix that, for human readers; empty if it is. Cheap, any
  /// thread.
  [[nodiscard]] virtual std::string trouble() const { return {}; }
  /// Acknowledged messages that are missing; 0 as soon as the operator has accepted that.
  [[nodiscard]] virtual std::uint64_t unaccounted() const { return 0; }
  /// Files of the store that were found damaged and were repaired, since the start. Cheap,
  /// any thread.
  [[nodiscard]] virtual std::uint64_t damaged_files() const { return 0; }
  /// The state of the activity log; cheap, any thread.
  [[nodiscard]] virtual activity_log_state log_state() const { return {}; }
  /// Records for the operator, outside the database, that these were given up and that nobody else
  /// is notified. On the disk when it returns; otherwise errc::no_space, errc::unavailable.
  virtual result<void> note_unreadable(const std::vector<unreadable_recipient>& recipients,
                                       wall_time now) = 0;
  /// Messages recorded in this way, until the operator accepts them. Cheap, any thread.
  [[nodiscard]] virtual std::uint64_t unreadable() const { return 0; }
  [[nodiscard]] virtual scrub_state scrub() const { return {}; }
  /// Queued messages that were found damaged since the last call: to be tried now, so that they
  /// leave the queue.
  virtual std::vector<model::queue_id> take_damaged() { return {}; }
  /// Copies the spool into folders below `folder`, which exists and should be on the spool's disk:
  /// everything that was committed before the call, and the activity log if it can be read. Any
  /// thread. errc::conflict: the copy exists; errc::no_space; errc::unavailable; errc::corrupt.
  virtual result<void> copy_to(const std::string& folder) {
    return fail(errc::unavailable, "this spool cannot be copied to " + folder);
  }
  /// Checks the free space and retries a failed store; starts the repair of damaged files. Called
  /// every
  /// second by the writer.
  virtual void poll_health() = 0;
};

}  // namespace signpost::storage
