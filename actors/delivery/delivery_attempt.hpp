// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// One attempt to hand one message to one site: tries the targets in order until a session reaches
// MAIL, falls back to plaintext when an opportunistic handshake fails, and reports the result of
// each recipient. Lives on an executor's thread.
//
//     delivery_attempt attempt(network, options, request, std::move(idle_session), done);
//
// Threads: the executor's. Limits: the number of targets (model::mx_policy::addresses_max),
// `delivery_options::sessions_max` sessions that were refused after the connection was made, and
// `delivery_options::attempt_deadline`.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/delivery/delivery_session.hpp"
#include "actors/delivery/messages.hpp"
#include "net/loop/transport.hpp"

namespace signpost::actors {

class delivery_attempt final : private delivery_session::owner {
 public:
  /// What remains when the attempt is over: the response, and a session that may be reused.
  using done_callback =
      std::function<void(deliver_response, std::unique_ptr<delivery_session> idle)>;

  /// `idle` may be null; otherwise it is tried first. `done` is called once, never inside begin(),
  /// and
  /// may destroy the attempt.
  delivery_attempt(net::executor& network, const delivery_options& options, deliver_request request,
                   std::unique_ptr<delivery_session> idle, done_callback done);
  ~delivery_attempt() override;
  void begin();

 private:
  /// That the message was not offered to this host, for what it lacks.
  void note_lack(const smtp::transaction_done_event& done);
  void session_ready() override;
  void session_failed(const smtp::session_failed_event& failure) override;
  void transaction_done(smtp::transaction_done_event done) override;

  void arm_deadline();
  void deadline_passed();
  void cut(cut_reason why);
  void break_off(std::string_view why);
  void try_next();
  void connect(const delivery_target& target, bool allow_tls);
  void connected(result<std::unique_ptr<net::connection>> connection, bool allow_tls);
  void start_transaction();
  [[nodiscard]] bool lost_before_reply(const smtp::transaction_done_event& done) const;
  [[nodiscard]] bool is_for_another_host(const smtp::transaction_done_event& done) const;
  void finish(std::vector<smtp::recipient_result> results, bool host_failed);

  net::executor& network_;
  const delivery_options& options_;
  deliver_request request_;
  done_callback done_;
  std::unique_ptr<delivery_session> session_;
  bool reused_ = false;
  bool with_tls_ = true;
  std::size_t next_target_ = 0;
  std::size_t sessions_ = 0;
  delivery_target current_;
  smtp::recipient_result last_failure_;
  /// The replies of a host that did not take the message; they count if no further host answers.
  struct host_answer {
    delivery_target host;
    std::vector<smtp::recipient_result> results;
  };
  std::optional<host_answer> answered_;
  std::optional<delivery_target> lacking_;  ///< deliver_response::lacking
  steady_time began_;
  std::unique_ptr<net::timer> deadline_;
  bool overdue_ = false;  ///< the deadline has passed, or it was cut: no further host is tried
  bool connecting_ = false;
  std::optional<cut_reason> cut_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);    ///< for connections being made
  std::shared_ptr<bool> running_ = std::make_shared<bool>(true);  ///< for those who cut it
};

}  // namespace signpost::actors
