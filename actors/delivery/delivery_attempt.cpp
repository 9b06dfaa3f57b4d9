// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/delivery/delivery_attempt.hpp"

#include <algorithm>
#include <utility>

#include "actors/delivery/messages.hpp"
#include "base/assert.hpp"
#include "model/queue/classify_reply.hpp"

namespace signpost::actors {
namespace {

// For the reply to the final dot, once the connection is needed for others. Honest hosts have
// replied by then; for one that has not, a second copy is the lesser evil.
constexpr auto verdict_patience = std::chrono::minutes(2);

std::string_view words_of(cut_reason why) {
  switch (why) {
    case cut_reason::by_operator:
      return "aborted by an operator";
    case cut_reason::others_wait:
      return "aborted: no answer, and its connection was needed";
    case cut_reason::node_stops:
      break;
  }
  return "aborted because the node is stopping";
}

}  // namespace

delivery_attempt::delivery_attempt(net::executor& network, const delivery_options& options,
                                   deliver_request request, std::unique_ptr<delivery_session> idle,
                                   done_callback done)
    : network_(network),
      options_(options),
      request_(std::move(request)),
      done_(std::move(done)),
      session_(std::move(idle)),
      began_(network.now()) {
  last_failure_.command = "session";
  last_failure_.reply.lines = {"no mail host could be reached"};
}

delivery_attempt::~delivery_attempt() {
  *alive_ = false;
  *running_ = false;
  if (request_.leash) request_.leash->on_cut({});
}

void delivery_attempt::begin() {
  arm_deadline();
  if (request_.leash) {
    // The cut may come from any thread.
    request_.leash->on_cut([this, running = running_, &network = network_](cut_reason why) {
      network.post([this, running, why] {
        if (*running) cut(why);
      });
    });
  }
  if (session_) {
    reused_ = true;
    current_ = {.host = session_->host(), .where = session_->peer()};
    session_->set_owner(this);
    start_transaction();
  } else {
    try_next();
  }
}

void delivery_attempt::arm_deadline() {
  const auto& m = request_.message;
  const auto rate = options_.client.data_rate_min;
  const auto octets = m.prefix.size() + (m.body ? m.body->size() : 0);
  const auto for_octets = milliseconds(rate == 0 ? 0 : octets * 1000 / rate);
  auto longest = options_.attempt_deadline + for_octets;
  if (request_.longest > milliseconds::zero()) longest = std::min(longest, request_.longest);
  deadline_ = network_.call_after(longest, [this] { deadline_passed(); });
}

void delivery_attempt::deadline_passed() {
  deadline_.reset();
  break_off("the attempt took too long");
}

void delivery_attempt::cut(cut_reason why) {
  // Nothing is left to cut once the attempt has ended, and only the first cut counts.
  if (!done_ || cut_) return;
  cut_ = why;
  break_off(words_of(why));
}

// Unless the message has been sent completely: then we wait for the host's reply, up to
// delivery.data_end_timeout, or only for a while if others wait for the connection.
void delivery_attempt::break_off(std::string_view why) {
  overdue_ = true;
  last_failure_.reply = {.code = 0, .status = {4, 4, 1}, .lines = {std::string(why)}};
  if (session_) {
    if (!session_->give_up(why) && cut_ == cut_reason::others_wait) {
      deadline_ = network_.call_after(verdict_patience, [this] { session_->abandon(); });
    }
    return;
  }
  if (!connecting_) return;
  // The connection that is being opened comes too late.
  *alive_ = false;
  alive_ = std::make_shared<bool>(true);
  connecting_ = false;
  try_next();
}

void delivery_attempt::try_next() {
  session_.reset();
  reused_ = false;
  const bool none_left =
      next_target_ >= request_.targets.size() || sessions_ >= options_.sessions_max;
  if (none_left || overdue_) {
    if (answered_) {
      current_ = answered_->host;
      finish(std::move(answered_->results), false);
      return;
    }
    std::vector<smtp::recipient_result> results;
    for (const auto& recipient : request_.message.recipients) {
      results.push_back(last_failure_);
      results.back().recipient = recipient;
    }
    finish(std::move(results), true);
    return;
  }
  connect(request_.targets[next_target_++], options_.client.tls != smtp::tls_mode::none);
}

void delivery_attempt::connect(const delivery_target& target, bool allow_tls) {
  current_ = target;
  connecting_ = true;
  const auto& source = target.where.address.is_v4() ? options_.source_v4 : options_.source_v6;
  network_.connect(target.where, source, options_.connect_timeout,
                   [this, alive = alive_, allow_tls](auto connection) {
                     if (*alive) connected(std::move(connection), allow_tls);
                   });
}

void delivery_attempt::connected(result<std::unique_ptr<net::connection>> connection,
                                 bool allow_tls) {
  connecting_ = false;
  options_.metrics->net.connections.add("out", connection ? "opened" : "failed");
  if (overdue_) {
    last_failure_.reply = {
        .code = 0, .status = {4, 4, 1}, .lines = {"the attempt took too long"}};
    try_next();
    return;
  }
  if (!connection) {
    last_failure_.reply = {.code = 0, .status = {4, 4, 1}, .lines = {connection.error().context}};
    try_next();
    return;
  }
  with_tls_ = allow_tls;
  session_ = std::make_unique<delivery_session>(network_, options_, allow_tls, current_.host,
                                                std::move(*connection));
  session_->set_owner(this);
}

void delivery_attempt::session_ready() {
  start_transaction();
}

void delivery_attempt::start_transaction() {
  if (request_.leash) request_.leash->note_answer();
  session_->start(request_.message);
}

void delivery_attempt::note_lack(const smtp::transaction_done_event& done) {
  const auto& m = request_.message;
  const auto& offered = session_->offered();
  const bool lacks =
      (m.eight_bit && !offered.eight_bit_mime) || (m.smtputf8 && !offered.smtputf8);
  if (lacks && !lacking_ && done.results.front().command == "local") lacking_ = current_;
}

void delivery_attempt::session_failed(const smtp::session_failed_event& failure) {
  last_failure_.reply = failure.reply;
  // An idle session that has ended says nothing about the host: a new one is opened.
  if (reused_) {
    try_next();
    return;
  }
  // RFC 7435: a failure of opportunistic encryption is not a reason not to deliver.
  if (failure.stage == "starttls" && with_tls_ && !overdue_
      && options_.client.tls == smtp::tls_mode::opportunistic) {
    session_.reset();
    connect(current_, false);
    return;
  }
  ++sessions_;
  try_next();
}

bool delivery_attempt::lost_before_reply(const smtp::transaction_done_event& done) const {
  return std::ranges::all_of(done.results, [](const smtp::recipient_result& r) {
    return r.command == "session" && r.reply.code == 0 && !r.uncertain;
  });
}

// Nobody got the message, because of this host: RFC 5321 §5.1 requires trying further ones.
bool delivery_attempt::is_for_another_host(const smtp::transaction_done_event& done) const {
  const auto carried = session_->transactions();
  const model::reply_context context{.tls = !session_->tls().empty(),
                                     .others_accepted = false,
                                     .transactions_before = carried > 0 ? carried - 1 : 0};
  return std::ranges::all_of(done.results, [&](const smtp::recipient_result& r) {
    return model::classify_reply(r, context).next_host;
  });
}

void delivery_attempt::transaction_done(smtp::transaction_done_event done) {
  if (session_->content_failure()) {
    // No other host would deliver more of it.
    finish(std::move(done.results), false);
    return;
  }
  note_lack(done);
  const bool lost = lost_before_reply(done);
  if (lost && reused_) {
    try_next();
    return;
  }
  const bool others_left =
      !overdue_ && sessions_ + 1 < options_.sessions_max && next_target_ < request_.targets.size();
  if (others_left && (lost || is_for_another_host(done))) {
    ++sessions_;
    last_failure_ = done.results.front();
    if (!lost) answered_ = {.host = current_, .results = std::move(done.results)};
    session_->quit();
    try_next();
    return;
  }
  // Its silence has cost others their turn.
  const bool abandoned = cut_ == cut_reason::others_wait && done.results.front().uncertain;
  finish(std::move(done.results), lost || abandoned);
}

void delivery_attempt::finish(std::vector<smtp::recipient_result> results, bool host_failed) {
  deadline_.reset();
  *running_ = false;
  if (request_.leash) request_.leash->on_cut({});
  deliver_response response;
  response.results = std::move(results);
  response.host = current_.host + " (" + current_.where.address.to_string() + ")";
  if (response.results.front().command == "local") response.lacking = lacking_;
  // That we broke it off is not the host's fault; a reply that came first remains valid.
  const bool ours = cut_ && cut_ != cut_reason::others_wait;
  response.host_failed = host_failed && !ours;
  if (host_failed && ours) response.cut = cut_;
  response.took = std::chrono::duration_cast<milliseconds>(network_.now() - began_);
  if (session_) {
    session_->set_owner(nullptr);
    response.tls = session_->tls();
    response.content_failure = session_->content_failure();
    const auto carried = session_->transactions();
    response.transactions_before = carried > 0 ? carried - 1 : 0;
  }
  // Last: the callback may destroy this object.
  const auto done = std::move(done_);
  done(std::move(response), std::move(session_));
}

}  // namespace signpost::actors
