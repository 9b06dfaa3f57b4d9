// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/queue/bouncer.hpp"

#include <array>
#include <memory>
#include <utility>

#include "actors/queue/bounce_messages.hpp"
#include "actors/queue/delivery_job.hpp"
#include "actors/routing/envelopes.hpp"
#include "actors/status_messages.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "model/replies.hpp"
#include "proto/dsn/report.hpp"

namespace signpost::actors {
namespace {

const logger log_("actors.bouncer");

std::string random_text(random_source& random) {
  std::array<std::byte, 16> octets{};
  random.fill(octets);
  return to_hex(octets);
}

// True if the reply begins with a code, as those of SMTP servers do. Our own text about a failed
// connection has none.
bool has_code(std::string_view reply) {
  const auto code = split(reply, ' ').front();
  return code.size() == 3 && parse_uint(code).has_value();
}

// The enhanced status in `550 5.1.1 no such user` or `4.4.1 connection refused`; otherwise empty.
std::string status_in(std::string_view reply) {
  const auto words = split(reply, ' ');
  const std::size_t at = has_code(reply) && words.size() > 1 ? 1 : 0;
  const auto status = smtp::enhanced_status::parse(words[at]);
  return status ? status->to_string() : "";
}

dsn::recipient_status status_of(const model::envelope& e, wall_time now, bool failed) {
  dsn::recipient_status s;
  s.original = e.original;
  // The destination of a rule is the customer's secret (RFC 3464 §4.2).
  if (e.destination != e.original) s.hidden = e.destination;
  s.status = status_in(e.last_reply);
  // A webhook's host is not an MTA, and its name is the customer's secret.
  const auto host = e.next_hop.is_webhook() ? std::string() : e.last_host;
  const auto bracket = host.find(" (");
  s.remote_host = host.substr(0, bracket);
  if (bracket != std::string::npos) {
    s.remote_address = host.substr(bracket + 2, host.size() - bracket - 3);
  }
  // Replies without a code or without a host are our own words.
  const bool said_by_host = !s.remote_host.empty() && has_code(e.last_reply);
  (said_by_host ? s.diagnostic : s.reason) = e.last_reply;
  if (e.state == model::outcome::expired) {
    // RFC 3463 §3.5: X.4.7. The result of the last attempt is in the diagnostic.
    s.status = model::make_reply(model::reply_kind::expired).status.to_string();
    const auto last = s.reason.empty() ? "" : "; the last attempt: " + s.reason;
    s.reason = "it could not be delivered before it expired" + last;
  }
  s.last_attempt = now;
  if (!failed) s.will_retry_until = e.expires;
  return s;
}

dsn::report report_of(const bounce_request& request, const bouncer_dependencies& with) {
  const auto& record = *request.job->record;
  const bool failed = request.what == bounce_request::kind::failed;
  dsn::report r;
  r.kind = failed ? dsn::report_kind::failed : dsn::report_kind::delayed;
  r.reporting_mta = with.host_name;
  r.from_domain = with.host_name;
  r.to = record.sender;
  r.boundary_seed = random_text(with.random);
  r.message_id = random_text(with.random) + "@" + with.host_name;
  r.queue_id = record.id.to_string();
  r.date = with.time.now();
  r.arrival_date = record.accepted;
  for (const auto& e : request.envelopes) {
    r.recipients.push_back(status_of(e, r.date, failed));
  }
  if (request.job->body) r.original = request.job->body->octets();
  r.smtputf8 = record.smtputf8;
  // Nobody needs his mail back that is only late.
  r.headers_only = !failed || !record.sender_proven;
  // It has to reach any host (RFC 3464 §2.1 wants 7bit parts), or the loss is a silent one.
  r.allow_eight_bit = false;
  r.original_octets_max = with.returned_octets_max;
  // Of a large message the header is in memory, but perhaps not all the rest.
  const bool in_part = request.job->body && request.job->body->rest();
  if (in_part || request.unreadable) r.original_octets_max = 0;
  r.unreadable = request.unreadable;
  r.original_message_id = record.message_id;
  return r;
}

storage::new_message message_of(dsn::composed_report composed, const address::mailbox& to,
                                const std::vector<model::destination>& destinations,
                                const bouncer_dependencies& with) {
  const auto now = with.time.now();
  storage::new_message m;
  m.message.id = with.next_id(now);
  m.message.accepted = now;
  m.message.own = true;
  m.message.eight_bit = composed.eight_bit;
  m.message.smtputf8 = composed.smtputf8;
  m.message.may_bounce = false;
  m.message.size = composed.octets.size();
  m.message.recipients = static_cast<std::uint32_t>(destinations.size());
  m.body = std::make_shared<const message_body>(std::move(composed.octets));
  for (const auto& destination : destinations) {
    auto e = make_envelope({.original = to.to_string(),
                            .destination = destination,
                            .zone = {},
                            .rule = "notification",
                            .accepted = now,
                            .null_sender = true},
                           with.retry);
    e.id = m.message.id;
    e.index = static_cast<std::uint32_t>(m.envelopes.size());
    m.envelopes.push_back(std::move(e));
  }
  model::activity_event event;
  event.at = now;
  event.kind = model::event_kind::received;
  event.id = m.message.id;
  event.recipient = to.to_string();
  event.size = m.message.size;
  m.events.push_back(std::move(event));
  return m;
}

bounce_response withheld(const model::message_record& record, std::string_view why,
                         const bouncer_dependencies& with) {
  with.metrics.queue.bounces.add(why == "limit" ? "limited" : "suppressed");
  log_.warning("bounce.withheld", {{"queue_id", record.id.to_string()},
                                   {"to", loggable_address(record.sender)},
                                   {"reason", why}});
  return {.message = {}, .withheld = why};
}

bounce_response bounce(const bounce_request& request, report_limits& limits,
                       const bouncer_dependencies& with) {
  const auto& record = *request.job->record;
  const auto to = address::mailbox::parse_from_peer(record.sender);
  if (!record.may_bounce || !to) {
    with.metrics.queue.bounces.add("suppressed");
    return {};
  }
  const auto destinations = with.destinations(*to);
  if (destinations.empty()) return withheld(record, "no_address", with);
  if (!limits.take(*to, record.sender_proven, with.time.steady_now())) {
    return withheld(record, "limit", with);
  }
  auto composed = dsn::compose(report_of(request, with));
  if (!composed) {
    log_.error("bounce.failed",
               {{"queue_id", record.id.to_string()}, {"error", to_string(composed.error())}});
    return withheld(record, "error", with);
  }
  auto message = message_of(std::move(*composed), *to, destinations, with);
  const bool failed = request.what == bounce_request::kind::failed;
  message.events.front().details = {{"notification_of", record.id.to_string()}};
  with.metrics.queue.bounces.add(failed ? "failure" : "delay");
  log_.info(failed ? "bounce.queued" : "bounce.delay_notice",
            {{"queue_id", record.id.to_string()},
             {"notification", message.message.id.to_string()},
             {"to", loggable_address(record.sender)}});
  return {.message = std::move(message)};
}

}  // namespace

bouncer_actor::behavior_type bouncer(bouncer_actor::pointer, bouncer_dependencies with) {
  auto limits = std::make_shared<report_limits>(with.limits, random_text(with.random));
  return {
      [with, limits](const bounce_request& m) { return bounce(m, *limits, with); },
      [](get_status) { return status_report{.actor = "bouncer", .numbers = {}}; },
  };
}

}  // namespace signpost::actors
