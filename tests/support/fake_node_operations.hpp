// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// A node of which only what it was asked for is remembered. It keeps the contract of
// api/frame/node_operations.hpp for the messages that a test says are queued; a test that cares for
// no messages says what becomes of every order (`outcome`).
//
//     fake_node_operations node;
//     node.outcome = std::size_t{2};      // every order was for two recipients
//     …                                   // POST /queue/…/retry
//     EXPECT_EQ(node.orders.back().verb, "retry");
//
// Threads: any; the members are looked at while nobody asks for anything.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/frame/node_operations.hpp"
#include "api/frame/node_state.hpp"
#include "base/text.hpp"
#include "proto/address/mailbox.hpp"

namespace signpost::test {

class fake_node_operations final : public api::node_operations {
 public:
  // How it is.
  struct waiting_mail {
    std::string next_hop;
    std::size_t recipients = 1;
  };
  std::map<model::queue_id, waiting_mail> queue;
  std::optional<result<std::size_t>> outcome;  ///< of every order, whatever is in `queue`
  api::node_state state;
  std::optional<error> no_snapshot;  ///< why none can be made or removed

  // What was asked for.
  struct order {
    std::string verb;
    std::string id;
    std::string next_hop;
    friend bool operator==(const order&, const order&) = default;
  };
  std::vector<order> orders;
  std::vector<api::own_mail> mails;
  std::size_t times_dkim_changed = 0;
  bool has_snapshot = false;

  /// From here on answers wait for `release`, or for `end`.
  void hold() {
    const std::lock_guard lock(mutex_);
    holding_ = true;
  }
  void release() {
    for (auto& answer : take_held(false)) answer(false);
  }
  /// The node ends: what waits, and what is asked later, is answered with errc::unavailable.
  void end() {
    for (auto& answer : take_held(true)) answer(true);
  }

  void retry(api::queue_target what, answer_to<std::size_t> done) override {
    obey("retry", what, std::move(done));
  }
  void remove(api::queue_target what, answer_to<std::size_t> done) override {
    obey("remove", what, std::move(done));
  }
  void send_mail(api::own_mail mail, answer_to<model::queue_id> done) override {
    mails.push_back(mail);
    answer<model::queue_id>(std::move(done), accept(mail));
  }
  void rewritten_sender(std::string sender, std::string zone,
                        answer_to<std::string> done) override {
    auto text = sender.empty() ? "" : "rewritten " + sender + " at " + zone;
    answer<std::string>(std::move(done), std::move(text));
  }
  void dkim_changed(answer_to<void> done) override {
    ++times_dkim_changed;
    answer<void>(std::move(done), {});
  }
  void webhook_secret(std::string zone_name, std::string rule_id,
                      answer_to<std::string> done) override {
    answer<std::string>(std::move(done), "secret of " + zone_name + " " + rule_id);
  }
  void status(answer_to<api::node_state> done) override {
    answer<api::node_state>(std::move(done), state);
  }
  void make_snapshot(answer_to<api::snapshot_report> done) override {
    if (no_snapshot) return answer<api::snapshot_report>(std::move(done), refused());
    has_snapshot = true;
    answer<api::snapshot_report>(std::move(done),
                                 api::snapshot_report{.path = "/data/backup.tmp",
                                                      .messages = state.totals.messages,
                                                      .recipients = state.totals.envelopes});
  }
  void remove_snapshot(answer_to<void> done) override {
    if (no_snapshot) return answer<void>(std::move(done), refused());
    has_snapshot = false;
    answer<void>(std::move(done), {});
  }

 private:
  using held_answer = std::function<void(bool ended)>;

  [[nodiscard]] tl::unexpected<error> refused() const { return tl::unexpected(*no_snapshot); }

  template <typename T>
  void answer(answer_to<T> done, result<T> how) {
    held_answer now = [done = std::move(done), how = std::move(how)](bool ended) {
      if (ended) return done(fail(errc::unavailable, "the node is stopping"));
      done(how);
    };
    bool ended = false;
    {
      const std::lock_guard lock(mutex_);
      if (holding_ && !ended_) return held_.push_back(std::move(now));
      ended = ended_;
    }
    now(ended);
  }

  std::vector<held_answer> take_held(bool ended) {
    const std::lock_guard lock(mutex_);
    holding_ = false;
    ended_ = ended_ || ended;
    return std::exchange(held_, {});
  }

  void obey(std::string verb, const api::queue_target& what, answer_to<std::size_t> done) {
    const auto* id = std::get_if<model::queue_id>(&what);
    const auto next_hop = id != nullptr ? "" : std::get<model::next_hop>(what).text();
    orders.push_back({verb, id != nullptr ? id->to_string() : "", next_hop});
    if (outcome) return answer<std::size_t>(std::move(done), *outcome);
    std::size_t found = 0;
    for (auto at = queue.begin(); at != queue.end();) {
      const bool meant = id != nullptr ? at->first == *id : at->second.next_hop == next_hop;
      if (meant) found += at->second.recipients;
      at = meant && verb == "remove" ? queue.erase(at) : std::next(at);
    }
    if (found > 0) return answer<std::size_t>(std::move(done), found);
    answer<std::size_t>(std::move(done), fail(errc::not_found, "nothing waits there"));
  }

  result<model::queue_id> accept(const api::own_mail& mail) {
    const auto to = address::mailbox::parse(mail.to);
    if (!to) return tl::unexpected(to.error());
    if (!is_utf8(mail.text)) return fail(errc::malformed, "the text is not UTF-8");
    return model::queue_id::make(wall_time(seconds(1)), 1, ++mails_given_ids_);
  }

  std::mutex mutex_;
  bool holding_ = false;           // guarded by mutex_
  bool ended_ = false;             // guarded by mutex_
  std::vector<held_answer> held_;  // guarded by mutex_
  std::uint64_t mails_given_ids_ = 0;
};

}  // namespace signpost::test
