// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Ledgers: text files with one message id per line, written by the load (an id for each
// acknowledged message) and by the sink (an id for each copy that arrived). Compared, they say what
// was lost.
//
// An id is `RUN-NUMBER`: the name of a load's run and the message's number in it.
//
// Threads: one. Limits: message_number_max, runs_max.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "bench/support/sockets.hpp"

namespace signpost::bench {

/// One octet of memory is used for each number, so this bounds what a stray id can cost.
inline constexpr std::uint64_t message_number_max = 200'000'000;
inline constexpr std::size_t runs_max = 4096;
inline constexpr std::size_t run_name_octets_max = 24;

struct message_id {
  std::string_view run;
  std::uint64_t number = 0;
};

/// Nothing if `text` is not `RUN-NUMBER` within the limits.
[[nodiscard]] std::optional<message_id> parse_message_id(std::string_view text);

/// Appends lines to a file; buffered until flush().
class ledger_writer {
 public:
  /// `unavailable` if the file cannot be opened for appending.
  static result<ledger_writer> open(const std::string& path);
  /// Writes nothing anywhere.
  ledger_writer() = default;

  void append(message_id id);
  /// Hands the buffer to the kernel: it survives the end of this process, not of the machine.
  result<void> flush();

 private:
  file_descriptor fd_;
  std::string buffer_;
};

/// How often each id was seen.
class id_counts {
 public:
  /// False if the limits forbid counting it.
  bool add(message_id id);
  [[nodiscard]] std::uint8_t count_of(message_id id) const;
  [[nodiscard]] std::uint64_t total() const { return total_; }
  [[nodiscard]] std::uint64_t distinct() const { return distinct_; }
  /// Calls `visit` with every id seen and its count (255 means 255 or more).
  void for_each(const std::function<void(message_id, std::uint8_t)>& visit) const;

 private:
  struct run {
    std::string name;
    std::vector<std::uint8_t> counts;
  };
  [[nodiscard]] const run* find(std::string_view name) const;

  std::vector<run> runs_;
  std::size_t last_ = 0;
  std::uint64_t total_ = 0;
  std::uint64_t distinct_ = 0;
};

/// Reads ledgers into `counts`; `unavailable` if one cannot be read, `malformed` for a line that is
/// no id (a last line without its end is left out: its writer was killed).
result<void> read_ledger(const std::string& path, id_counts& counts);

}  // namespace signpost::bench
