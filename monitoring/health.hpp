// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Whether the node is alive and whether it accepts mail, with reasons, for /livez and /readyz.
//
// Threads: every method from any thread.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace signpost::monitoring {

class health_state {
 public:
  /// Not ready until all `expected` components (`spool`, `config`, …) have reported that they are.
  explicit health_state(const std::vector<std::string>& expected);

  void set_ready(std::string_view component);
  /// `reason` is a short text for human readers, without addresses or message content.
  void set_unready(std::string_view component, std::string_view reason);
  /// Something that needs attention although mail is accepted; empty: resolved.
  void set_remark(std::string_view component, std::string_view remark);
  /// The process cannot recover and must be restarted; permanent.
  void set_dead(std::string_view reason);

  [[nodiscard]] bool live() const;
  /// Live, and every component is ready.
  [[nodiscard]] bool ready() const;
  /// `spool: the disk is full`, one per component that is not ready; the reason of death first.
  [[nodiscard]] std::vector<std::string> reasons() const;
  /// `config: the zones file is empty`, one per component that has a remark.
  [[nodiscard]] std::vector<std::string> remarks() const;

 private:
  mutable std::mutex mutex_;
  std::string death_;
  /// Component → why it is not ready; empty = ready.
  std::map<std::string, std::string, std::less<>> components_;
  std::map<std::string, std::string, std::less<>> remarks_;
};

/// The body of /livez or /readyz: `ok`, or one reason per line.
std::string health_text(bool good, const std::vector<std::string>& reasons);

}  // namespace signpost::monitoring
