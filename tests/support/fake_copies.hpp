// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Peers with disks that confirm when the test says so.
//
//     fake_copies peers;
//     peers.wait = true;
//     …                                   // messages are committed
//     peers.confirm_all();                // or refuse_all(): those of clients fail
//
// Threads: one.
#pragma once

#include <map>
#include <set>
#include <utility>

#include "cluster/receipt_issuer.hpp"
#include "cluster/single_copy.hpp"

namespace signpost::test {

class fake_copies final : public cluster::copies {
 public:
  bool wait = false;  ///< false: confirms at once

  // What was asked for.
  std::set<model::queue_id> sent;  ///< of which peers have copies
  std::size_t withdrawn = 0;       ///< groups

  cluster::copy_group send(std::span<const storage::new_message* const> messages,
                           cluster::on_failure then) override {
    if (messages.empty()) return 0;
    auto& group = groups_[++last_];
    group.then = then;
    for (const auto* m : messages) group.ids.insert(m->message.id);
    sent.insert(group.ids.begin(), group.ids.end());
    return last_;
  }

  std::optional<outcome> confirm(cluster::copy_group group,
                                 std::vector<storage::write_receipt> written,
                                 std::function<void(outcome)> done) override {
    if (!wait || group == 0) return receipts_of(written);
    groups_[group].written = std::move(written);
    groups_[group].done = std::move(done);
    return std::nullopt;
  }

  void withdraw(cluster::copy_group group) override {
    if (group == 0) return;
    ++withdrawn;
    forget(groups_[group]);
    groups_.erase(group);
  }

  [[nodiscard]] std::size_t waiting() const {
    std::size_t count = 0;
    for (const auto& [number, group] : groups_) count += group.done ? 1 : 0;
    return count;
  }
  void confirm_all() {
    for (auto& [number, group] : std::exchange(groups_, {})) {
      if (group.done) group.done(receipts_of(group.written));
    }
  }
  /// As when no peer answers: messages of our own go on waiting.
  void refuse_all() {
    for (auto& [number, group] : std::exchange(groups_, {})) {
      if (group.then == cluster::on_failure::keep_trying) {
        groups_.emplace(number, std::move(group));
      } else if (group.done) {
        forget(group);
        group.done(fail(errc::unavailable, "no peer has confirmed"));
      }
    }
  }

 private:
  struct group_state {
    cluster::on_failure then = cluster::on_failure::withdraw;
    std::set<model::queue_id> ids;
    std::vector<storage::write_receipt> written;
    std::function<void(outcome)> done;
  };

  static outcome receipts_of(const std::vector<storage::write_receipt>& written) {
    std::vector<commit_receipt> receipts;
    for (const auto& one : written) receipts.push_back(cluster::receipt_issuer::issue(one));
    return receipts;
  }
  void forget(const group_state& group) {
    for (const auto& id : group.ids) sent.erase(id);
  }

  std::map<cluster::copy_group, group_state> groups_;
  cluster::copy_group last_ = 0;
};

}  // namespace signpost::test
