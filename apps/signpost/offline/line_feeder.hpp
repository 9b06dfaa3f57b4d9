// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Reads a file of control lines on a separate thread, so that parsing and storing run at the same
// time.
//
// Threads: `next` from one. Limits: `line_octets_max`; `batches_max` times `batch_lines` lines
// wait.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "apps/signpost/offline/control_lines.hpp"

namespace signpost::cli {

class line_feeder {
 public:
  static constexpr std::size_t line_octets_max = 1U << 30;
  static constexpr std::size_t batch_lines = 200;
  static constexpr std::size_t batches_max = 16;

  struct batch {
    std::vector<control_line> lines;
    std::uint64_t octets = 0;  ///< of the file up to the end of the batch
  };

  /// `path`: `-` is standard input. errc::not_found, errc::denied, errc::unavailable. `random` of
  /// the defaults is used on the feeder's thread only.
  static result<std::unique_ptr<line_feeder>> open(const std::string& path, line_defaults defaults);
  ~line_feeder();

  /// The next lines; nothing at the end of the file. Errors name file and line; nothing comes after
  /// one.
  result<std::optional<batch>> next();
  /// Octets of the file; 0 if unknown.
  [[nodiscard]] std::uint64_t size() const { return size_; }

 private:
  struct closer {
    void operator()(std::FILE* file) const {
      if (file != stdin) std::fclose(file);
    }
  };
  line_feeder(std::string name, std::FILE* file, line_defaults defaults);
  void run();
  /// False if no more are needed.
  bool hand_over(batch&& ready);
  result<void> read_all();

  std::string name_;
  std::unique_ptr<std::FILE, closer> file_;
  line_defaults defaults_;
  std::uint64_t size_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<batch> ready_;      // guarded by mutex_
  std::optional<error> failed_;  // guarded by mutex_
  bool ended_ = false;           // guarded by mutex_
  bool abandoned_ = false;       // guarded by mutex_
  std::thread thread_;
};

}  // namespace signpost::cli
