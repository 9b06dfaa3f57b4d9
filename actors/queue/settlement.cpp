// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/queue/settlement.hpp"

#include <algorithm>

#include "actors/delivery/messages.hpp"
#include "actors/queue/delivery_job.hpp"
#include "actors/queue/failover.hpp"
#include "base/assert.hpp"
#include "model/queue/bounce_policy.hpp"
#include "model/queue/classify_reply.hpp"
#include "model/replies.hpp"

namespace signpost::actors {
namespace {

model::activity_event event_of(model::event_kind kind, const delivery_job& job,
                               const model::envelope& e, wall_time now) {
  model::activity_event event;
  event.at = now;
  event.kind = kind;
  event.id = e.id;
  event.zone = e.zone;
  event.zone_id = e.zone_id;
  event.sender = job.record ? job.record->sender : "";
  event.recipient = e.original;
  event.destination = e.destination;
  event.host = e.last_host;
  event.reply = e.last_reply;
  event.attempt = e.attempts;
  event.size = job.record ? job.record->size : 0;
  return event;
}

model::event_kind kind_of(model::outcome o) {
  switch (o) {
    case model::outcome::delivered:
      return model::event_kind::delivered;
    case model::outcome::bounced:
      return model::event_kind::bounced;
    case model::outcome::expired:
      return model::event_kind::expired;
    default:
      return model::event_kind::deferred;
  }
}

// Some recipient of the same transaction got through: so a refusal of another one because of their
// number will not be repeated forever.
bool accepted_any(const deliver_response& response) {
  return std::ranges::any_of(response.results,
                             [](const smtp::recipient_result& r) { return r.reply.positive(); });
}

// RFC 9422 §4.2: these were not offered, because the server had announced how many it accepts at
// once.
bool is_beyond_limit(const smtp::recipient_result& result) {
  return result.command == "local" && result.reply.status == smtp::enhanced_status{4, 5, 3};
}

bool is_failure(model::outcome o) {
  return o == model::outcome::bounced || o == model::outcome::expired;
}

// A host may send a 50 KB reply for a message of 1 KB: with every attempt it would go into the log,
// the event, the queue and the report.
constexpr std::size_t reply_octets_kept = 1000;

std::string kept_of(const smtp::reply& reply) {
  auto text = reply.to_string();
  if (text.size() <= reply_octets_kept) return text;
  auto end = reply_octets_kept;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  text.resize(end);
  return text + " [...]";
}

// As kept_of, without the code: what we say ourselves must not be taken for the host's answer.
std::string own_words(const smtp::reply& reply) {
  auto text = kept_of(reply);
  if (const auto code = std::to_string(reply.code); text.starts_with(code + ' ')) {
    text.erase(0, code.size() + 1);
  }
  return text;
}

struct judgement {
  model::disposition what = model::disposition::retry;
  std::string_view reason;
  bool resend = false;
  std::optional<seconds> not_before;  ///< from now
};

judgement judge(const smtp::recipient_result& result, const deliver_response& response) {
  if (response.webhook) {
    return {.what = response.webhook->what,
            .reason = response.webhook->reason,
            .not_before = response.webhook->retry_after};
  }
  const auto verdict =
      model::classify_reply(result, {.tls = !response.tls.empty(),
                                     .others_accepted = accepted_any(response),
                                     .transactions_before = response.transactions_before});
  // Only where this is known to change something; otherwise it could loop forever.
  const bool resend = verdict.resend_now || is_beyond_limit(result);
  return {.what = verdict.what,
          .reason = verdict.reason,
          .resend = resend && (accepted_any(response) || response.transactions_before > 0)};
}

class settler {
 public:
  settler(const delivery_job& job, const settlement_context& context)
      : job_(job), context_(context) {}

  void attempted(const model::envelope& before, const smtp::recipient_result& result,
                 const deliver_response& response) {
    const auto verdict = judge(result, response);
    if (verdict.resend) {
      out_.again.push_back(before);
      return;
    }
    auto after = begin(before, result.reply);
    if (result.command == "local") after.last_reply = own_words(result.reply);
    after.last_host = response.host;
    decide(after, verdict.what, result.reply);
    if (verdict.not_before && after.state == model::outcome::deferred) {
      // Later than in the schedule, never earlier, and not after the last attempt.
      after.next_attempt =
          std::min(std::max(after.next_attempt, context_.now + *verdict.not_before), after.expires);
    }
    auto& event = add(before, after);
    event.tls = response.tls;
    event.details.insert(event.details.begin(),
                         {{"command", result.command},
                          {"reason", std::string(verdict.reason)},
                          {"took_ms", std::to_string(response.took.count())}});
    if (result.uncertain) event.details.emplace_back("uncertain", "true");
    if (after.state == model::outcome::deferred) {
      event.details.emplace_back(
          "retry_in_s",
          std::to_string(
              std::chrono::duration_cast<seconds>(after.next_attempt - context_.now).count()));
    }
  }

  void not_attempted(const model::envelope& before, const smtp::reply& reply) {
    auto after = begin(before, reply);
    // A host that was tried before has not said this.
    after.last_host.clear();
    decide(after, reply.permanent() ? model::disposition::bounce : model::disposition::retry,
           reply);
    add(before, after);
  }

  settlement take() { return std::move(out_); }

 private:
  static model::envelope begin(const model::envelope& before, const smtp::reply& reply) {
    auto after = before;
    ++after.attempts;
    after.last_reply = kept_of(reply);
    return after;
  }

  void decide(model::envelope& after, model::disposition what, const smtp::reply& reply) const {
    if (what == model::disposition::delivered) {
      after.state = model::outcome::delivered;
      return;
    }
    if (what == model::disposition::bounce) {
      after.state = model::outcome::bounced;
      return;
    }
    const auto next = model::next_retry({.attempts = after.attempts,
                                         .now = context_.now,
                                         .expires = after.expires,
                                         .hint = model::parse_retry_hint(reply.to_string()),
                                         .sure_now = context_.sure_now},
                                        context_.policy, context_.random);
    after.state = next ? model::outcome::deferred : model::outcome::expired;
    if (next) after.next_attempt = *next;
  }

  model::activity_event& add(const model::envelope& before, model::envelope after) {
    if (is_failure(after.state)) {
      if (auto next = next_destination(
              after,
              {.now = context_.now, .null_sender = is_null_sender(), .policy = context_.policy})) {
        return go_on(before, after, std::move(*next));
      }
    }
    storage::envelope_update update{.before = before, .after = after, .events = {}};
    update.events.push_back(event_of(kind_of(after.state), job_, after, context_.now));
    if (is_failure(after.state)) {
      out_.failed.push_back(after);
      if (job_.record && !job_.record->may_bounce) {
        update.events.back().details.emplace_back("notification", "none");
      }
    }
    if (after.state == model::outcome::deferred && job_.record
        && model::delay_notice_due(*job_.record, after, context_.now, context_.policy)) {
      update.after.delay_notified = true;
      out_.delayed.push_back(update.after);
      update.events.push_back(
          event_of(model::event_kind::delayed, job_, update.after, context_.now));
    }
    out_.updates.push_back(std::move(update));
    return out_.updates.back().events.front();
  }

  // The sender is not notified now, only when the last destination fails.
  model::activity_event& go_on(const model::envelope& before, const model::envelope& failed,
                               model::envelope next) {
    auto event = event_of(model::event_kind::failover, job_, failed, context_.now);
    event.details = {{"gave_up", std::string(model::to_string(failed.state))},
                     {"next", next.destination}};
    out_.updates.push_back({.before = before, .after = std::move(next), .events = {event}});
    return out_.updates.back().events.front();
  }

  [[nodiscard]] bool is_null_sender() const { return job_.record && job_.record->sender.empty(); }

  const delivery_job& job_;
  const settlement_context& context_;
  settlement out_;
};

}  // namespace

settlement settle(const delivery_job& job, const deliver_response& response,
                  const settlement_context& context) {
  SP_ASSERT(response.results.size() == job.envelopes.size());
  settler s(job, context);
  for (std::size_t i = 0; i < job.envelopes.size(); ++i) {
    s.attempted(job.envelopes[i], response.results[i], response);
  }
  return s.take();
}

settlement settle_without_attempt(const delivery_job& job, const smtp::reply& reply,
                                  const settlement_context& context) {
  settler s(job, context);
  for (const auto& e : job.envelopes) s.not_attempted(e, reply);
  return s.take();
}

namespace {

bool has_expired(const model::envelope& e, const settlement_context& context) {
  return std::min(context.now, context.sure_now.value_or(context.now)) >= e.expires;
}

/// The last check is at the time of expiry.
wall_time due_by(wall_time until, const model::envelope& e, const settlement_context& context) {
  return e.expires > context.now ? std::min(until, e.expires) : until;
}

void add_local(settlement& s, const delivery_job& job, const model::envelope& before,
               model::envelope after, const char* reason, wall_time now) {
  auto event = event_of(kind_of(after.state), job, after, now);
  event.details = {{"reason", reason}};
  if (is_failure(after.state)) {
    s.failed.push_back(after);
    if (job.record && !job.record->may_bounce) event.details.emplace_back("notification", "none");
  }
  s.updates.push_back({.before = before, .after = std::move(after), .events = {std::move(event)}});
}

}  // namespace

settlement postponed(const delivery_job& job, std::string_view why, wall_time until,
                     const settlement_context& context) {
  settlement s;
  for (const auto& before : job.envelopes) {
    auto after = before;
    after.state = model::outcome::deferred;
    after.next_attempt = until;
    after.last_host.clear();
    after.last_reply = "451 4.3.0 " + std::string(why);
    add_local(s, job, before, std::move(after), "local", context.now);
  }
  return s;
}

settlement unread(const delivery_job& job, std::optional<wall_time> until,
                  const settlement_context& context) {
  settlement s;
  for (const auto& before : job.envelopes) {
    auto after = before;
    // Our own text must not be taken for the reply of a host that was tried before.
    after.last_host.clear();
    const bool over = !until || has_expired(before, context);
    if (over) {
      after.state = model::outcome::bounced;
      after.last_reply = model::make_reply(model::reply_kind::unreadable).to_string();
    } else {
      after.state = model::outcome::deferred;
      after.next_attempt = due_by(*until, before, context);
      after.last_reply = "451 4.3.0 the message cannot be read at present";
    }
    add_local(s, job, before, std::move(after), over ? "unreadable" : "local", context.now);
  }
  return s;
}

void postpone_failed(settlement& s, wall_time until) {
  for (auto& update : s.updates) {
    if (!is_failure(update.after.state)) continue;
    update.after = update.before;
    update.after.state = model::outcome::deferred;
    update.after.next_attempt = until;
    update.events.clear();
  }
  s.failed.clear();
}

void note_withheld(settlement& s, std::string_view why) {
  for (auto& update : s.updates) {
    if (!is_failure(update.after.state) || update.events.empty()) continue;
    update.events.front().details.emplace_back("notification", why);
  }
}

void note_told_operator(settlement& s) {
  for (auto& update : s.updates) {
    if (!is_failure(update.after.state) || update.events.empty()) continue;
    update.events.front().details.emplace_back("told", "operator");
  }
}

void forget_delays(settlement& s) {
  for (auto& update : s.updates) {
    if (update.after.delay_notified == update.before.delay_notified) continue;
    update.after.delay_notified = update.before.delay_notified;
    std::erase_if(update.events, [](const model::activity_event& e) {
      return e.kind == model::event_kind::delayed;
    });
  }
  s.delayed.clear();
}

}  // namespace signpost::actors
