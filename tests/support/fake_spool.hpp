// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// A spool in memory that keeps storage/spool/spool.hpp's promises and breaks them on request:
// refused commits, a disk that is full for messages from outside, a state of health. What it holds
// lives longer than the actors of a test: destroying and making them anew is a restart.
//
// Threads: one.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "storage/spool/spool.hpp"

namespace signpost::test {

class fake_spool final : public storage::spool {
 public:
  // What goes wrong.
  std::deque<errc> fail_next;        ///< the next commits fail with these
  std::optional<errc> fail_all;      ///< every commit fails with this
  std::optional<errc> fail_accepts;  ///< commits with a message from outside fail with this
  std::optional<errc> fail_reads;    ///< scans and bodies fail with this
  std::map<model::queue_id, errc> fail_records;  ///< the records of these fail so
  std::map<model::queue_id, errc> fail_bodies;   ///< whole or any part of these but the first one
  std::optional<errc> fail_notes;                ///< note_unreadable fails with this
  std::optional<errc> fail_copies;               ///< copy_to fails with this
  storage::spool_health state = storage::spool_health::well;
  storage::spool_waits waiting;

  // What was asked for.
  std::size_t commits = 0;  ///< that succeeded
  std::size_t refused = 0;
  std::size_t polls = 0;
  std::vector<model::activity_event> events;
  std::size_t scans = 0;
  std::vector<storage::unreadable_recipient> noted;
  std::size_t rows_read = 0;  ///< envelopes in the pages of all scans

  /// Envelopes that are not final, in order of id and index.
  [[nodiscard]] std::vector<model::envelope> open_envelopes() const;
  /// The state of an envelope; those that are gone had this as their last one.
  [[nodiscard]] std::optional<model::envelope> last(const model::queue_id& id,
                                                    std::uint32_t index = 0) const;
  /// How many events of a kind were written.
  [[nodiscard]] std::size_t count(model::event_kind kind) const;
  [[nodiscard]] std::vector<model::message_record> records() const;
  /// Puts a message there as if it had been accepted by an earlier run.
  model::queue_id put(std::vector<model::envelope> envelopes,
                      std::string body = "Subject: x\r\n\r\nx\r\n",
                      std::string sender = "alice@sender.example");

  model::queue_id next_id(wall_time now) override;
  result<std::vector<storage::write_receipt>> commit(storage::change_set changes) override;
  result<storage::due_page> scan_due(const storage::scan_position& position, wall_time until,
                                     std::size_t max,
                                     const storage::next_hop_set& leave_out) override;
  result<storage::due_page> scan_next_hop(std::string_view next_hop,
                                          const storage::scan_position& position, wall_time until,
                                          std::size_t max) override;
  result<storage::due_page> scan_origin(std::string_view origin,
                                        const storage::scan_position& position,
                                        std::size_t max) override;
  result<model::message_record> message(const model::queue_id& id) override;
  result<body_ptr> body_of(const model::message_record& record, memory_budget& budget) override;
  result<std::string> body_part(const model::queue_id& id, std::uint64_t part) override;
  result<std::vector<model::envelope>> envelopes(const model::queue_id& id) override;
  result<storage::queue_page> list(const storage::queue_filter& filter, const std::string& from,
                                   std::size_t max) override;
  result<std::vector<model::activity_event>> timeline(const model::queue_id& id) override;
  result<std::vector<model::activity_event>> recent_events(std::string_view zone,
                                                           std::size_t max) override;
  [[nodiscard]] storage::spool_totals totals() const override;
  [[nodiscard]] storage::spool_health health() const override { return state; }
  [[nodiscard]] storage::spool_waits waits() const override { return waiting; }
  [[nodiscard]] std::string trouble() const override {
    return state == storage::spool_health::well ? "" : "trouble of the disk";
  }
  void poll_health() override { ++polls; }
  /// Copies nothing.
  result<void> copy_to(const std::string&) override {
    if (fail_copies) return fail(*fail_copies, "the copy failed");
    return {};
  }
  result<void> note_unreadable(const std::vector<storage::unreadable_recipient>& recipients,
                               wall_time now) override;

 private:
  struct stored {
    model::message_record record;
    std::string body;
    std::map<std::uint32_t, model::envelope> envelopes;
  };
  std::optional<errc> fault_of(const storage::change_set& changes);
  result<storage::due_page> scan_those(const storage::scan_position& position, std::size_t max,
                                       const std::function<bool(const model::envelope&)>& wanted);
  void accept(const storage::new_message& m);
  void update(const storage::envelope_update& u);
  [[nodiscard]] std::map<std::string, model::envelope> schedule() const;

  std::map<model::queue_id, stored> messages_;
  std::map<std::pair<model::queue_id, std::uint32_t>, model::envelope> last_;
  std::uint64_t sequence_ = 0;
};

}  // namespace signpost::test
