// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The coordinator of a node that is alone: in its memory. What it would have to remember across
// restarts is about other nodes, and there are none.
//
//     single_coordinator c;
//     SP_TRY(const auto me, c.enroll("0123456789abcdef0123456789abcdef"));  // number 1
//
// Threads: all from any.
#pragma once

#include <map>
#include <mutex>
#include <set>
#include <string>

#include "cluster/coordinator.hpp"

namespace signpost::cluster {

class single_coordinator final : public coordinator {
 public:
  result<member> enroll(std::string_view node) override;
  result<node_lease> begin(const beginning& b) override;
  result<std::uint64_t> renew(const holder& who, const node_facts& facts) override;
  result<bool> fence(const tenure_name& whose, std::uint64_t renewals_seen) override;
  result<void> restore_fences(const std::vector<tenure_name>& fences) override;
  result<std::vector<tenure_name>> fences() override;
  result<void> remove(std::uint16_t number) override;
  result<std::vector<member>> members() override;
  result<leadership> lead(std::string_view task, const tenure_name& who) override;
  result<void> resign(std::string_view task, const tenure_name& who) override;

 private:
  [[nodiscard]] bool has_ended(const tenure_name& t) const;
  void end(const tenure_name& t);

  std::mutex mutex_;
  std::map<std::uint16_t, member> members_;
  std::set<tenure_name> fences_;
  std::map<std::string, leadership, std::less<>> leaders_;
};

}  // namespace signpost::cluster
