// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// A spool that nobody has open and that is only read, however damaged it is: what can be read from
// it, message by message, and where it cannot. Nothing in its folder is changed: the work is done
// in a folder beside it, whose sorted files and blob files are links.
//
//     SP_TRY(const auto spool, damaged_spool::open(folder));
//     spool->each_message([&](const stored_message& m) { … });
//
// Threads: one.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "model/queue/envelope.hpp"
#include "storage/spool/repair/table_mending.hpp"

namespace signpost::storage {

/// One message of which anything is left.
struct stored_message {
  model::queue_id id;
  result<model::message_record> record = fail(errc::not_found, "no record");
  std::vector<model::envelope> envelopes;  ///< those that can be read
  std::uint32_t recipients_lost = 0;       ///< as far as known
  result<std::string> octets = fail(errc::not_found, "no octets");

  /// A sender still needs an answer, or this is unknown.
  [[nodiscard]] bool is_open() const;
  [[nodiscard]] bool is_whole() const {
    return record && octets && recipients_lost == 0 && !envelopes.empty();
  }
};

struct spool_gap {
  std::string family;
  std::string reason;
};

class damaged_spool {
 public:
  /// errc::corrupt: not even the list of files can be read; errc::conflict: a node runs on it;
  /// errc::no_space, errc::unavailable: no folder can be created beside it.
  static result<std::unique_ptr<damaged_spool>> open(const std::string& folder);
  ~damaged_spool();
  damaged_spool(const damaged_spool&) = delete;
  damaged_spool& operator=(const damaged_spool&) = delete;

  /// In order of id. `with_octets` false: `octets` are read, and discarded if they are intact.
  void each_message(const std::function<void(const stored_message&)>& visit,
                    bool with_octets = true);
  /// Places of the files that could not be read, as far as they have been read.
  [[nodiscard]] const std::vector<spool_gap>& gaps() const;
  /// Holes in the write-ahead log, for human readers.
  [[nodiscard]] const std::vector<std::string>& log_holes() const;
  /// The sorted files in use, each read as a whole. Fails as `survey_tables`.
  [[nodiscard]] result<table_damage> files() const;
  /// Recipients without a place in the schedule, and places that no recipient has.
  [[nodiscard]] std::uint64_t schedule_differences();
  /// Ids below this may have been issued; 0 = unknown.
  [[nodiscard]] std::uint64_t ids_reserved() const;

 private:
  struct impl;
  explicit damaged_spool(std::unique_ptr<impl> made);
  std::unique_ptr<impl> impl_;
};

}  // namespace signpost::storage
