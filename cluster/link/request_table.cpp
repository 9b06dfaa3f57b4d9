// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "cluster/link/request_table.hpp"

namespace signpost::cluster::link {

std::uint64_t request_table::add(connection_id on, steady_time deadline, answered done) {
  const auto number = ++last_;
  waiting_.emplace(number, waiting{on, deadline, std::move(done)});
  deadlines_.emplace(deadline, number);
  return number;
}

answered request_table::finish(std::uint64_t number) {
  const auto found = waiting_.find(number);
  if (found == waiting_.end()) return {};
  auto done = std::move(found->second.done);
  deadlines_.erase({found->second.deadline, number});
  waiting_.erase(found);
  return done;
}

connection_id request_table::connection_of(std::uint64_t number) const {
  const auto found = waiting_.find(number);
  return found == waiting_.end() ? 0 : found->second.on;
}

std::vector<answered> request_table::expired(steady_time now) {
  std::vector<answered> late;
  while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
    late.push_back(finish(deadlines_.begin()->second));
  }
  return late;
}

std::vector<answered> request_table::sent_on(connection_id on) {
  std::vector<std::uint64_t> numbers;
  for (const auto& [number, one] : waiting_) {
    if (one.on == on) numbers.push_back(number);
  }
  std::vector<answered> out;
  out.reserve(numbers.size());
  for (const auto number : numbers) out.push_back(finish(number));
  return out;
}

std::vector<answered> request_table::all() {
  std::vector<answered> out;
  out.reserve(waiting_.size());
  for (auto& [number, one] : waiting_) out.push_back(std::move(one.done));
  waiting_.clear();
  deadlines_.clear();
  return out;
}

}  // namespace signpost::cluster::link
