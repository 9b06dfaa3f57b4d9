// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/ingress/ingress.hpp"

#include <algorithm>
#include <caf/send.hpp>
#include <map>
#include <utility>

#include "actors/auth/messages.hpp"
#include "actors/ingress/messages.hpp"
#include "actors/messages.hpp"
#include "actors/queue/spooler_messages.hpp"
#include "actors/routing/messages.hpp"
#include "actors/routing/router.hpp"
#include "actors/status_messages.hpp"
#include "base/assert.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "model/admission_facts.hpp"
#include "model/authentication/admission.hpp"
#include "model/replies.hpp"
#include "proto/dsn/classify.hpp"
#include "proto/imf/lenient_header.hpp"
#include "proto/imf/message_view.hpp"
#include "proto/imf/traits.hpp"

namespace signpost::actors {
namespace {

const logger log_("actors.ingress");

/// How exactly deadlines are kept.
constexpr auto deadline_step = milliseconds(250);

std::string_view reason_of(const model::route_decision& route) {
  switch (route.kind) {
    case model::route_kind::reject:
      return "rule";
    case model::route_kind::costly:
      return model::reason_word(model::reply_kind::rules_costly);
    case model::route_kind::unavailable:
      return model::reason_word(route.doubtful ? model::reply_kind::setup_doubtful
                                               : model::reply_kind::rules_unusable);
    default:
      return "unknown_recipient";
  }
}

// Alone in its transaction, like all recipients whose decision waits for the message.
bool is_way_back(const incoming_message& message) {
  return message.recipients.front().route.way_back;
}

// How often it was here for the recipient who was here least often; see model::loop_signs.
std::size_t passes_for_all(const imf::host_passes& passes, const incoming_message& message) {
  if (passes.recipients.empty()) return 0;
  std::map<std::string, std::size_t> counts;
  for (const auto& text : passes.recipients) {
    const auto to = address::mailbox::parse_from_peer(text);
    ++counts[to ? to->folded() : text];
  }
  auto least = passes.recipients.size();
  for (const auto& r : message.recipients) {
    const auto& to = r.path.mailbox();
    const auto found = counts.find(to ? to->folded() : r.path.to_string());
    least = std::min(least, found == counts.end() ? std::size_t{0} : found->second);
  }
  return least;
}

bool names_an_author(const incoming_message& message) {
  const imf::message_view view(message.body->octets());
  return std::ranges::any_of(view.find_all("From"), [](const imf::header_field& field) {
    return field.value.find('@') != std::string_view::npos;
  });
}

// One reply answers for all recipients, so the session only accepts recipients with the same policy
// together: the first speaks for all.
const model::admission_policy& policy_of(const incoming_message& message) {
  SP_ASSERT(!message.recipients.empty());
  return message.recipients.front().route.admission;
}

}  // namespace

std::optional<ingress_state::early_refusal> ingress_state::first_check(
    const incoming_message& message) const {
  const imf::message_view view(message.body->octets());
  if (!imf::is_read_whole(view)) {
    return early_refusal{model::make_reply(model::reply_kind::header_too_long), "header_too_long"};
  }
  const auto passes = imf::passes_by_host(view, with_->host_name);
  auto loop = model::check_loop({.received = imf::count_received(view),
                                 .own_passes = passes_for_all(passes, message),
                                 .unnamed_passes = passes.unnamed},
                                with_->loop);
  if (!loop) return std::nullopt;
  return early_refusal{*std::move(loop), "loop"};
}

model::admission_facts ingress_state::admission_facts_of(const incoming_message& message,
                                                         const model::authentication_results& found)
    const {
  if (found.author.proven) return {};
  model::message_envelope envelope{.sender = message.sender,
                                   .host_name = with_->host_name,
                                   .is_ours = with_->is_ours};
  for (const auto& r : message.recipients) model::add_zones_of(r.route, envelope.zones);
  return model::admission_facts_of(found, envelope);
}

void ingress_state::submit(submit_message& message) {
  ++in_progress_;
  const auto m = std::make_shared<const submit_message>(std::move(message));
  if (const auto refusal = first_check(*m->message)) {
    refuse(m, refusal->reply, refusal->reason);
    return;
  }
  if (is_way_back(*m->message)) {
    if (const auto refusal = with_->recipients.refusal_of(m->message->body->size())) {
      refuse(m, *refusal, "way_back");
      return;
    }
  }
  self_->request(with_->authenticator, caf::infinite, authenticate_request{m->message})
      .then([this, m](const authenticate_response& r) { authenticated(m, r.results); },
            [this, m](const caf::error&) { refuse_for_trouble(m, "authentication"); });
}

model::admission_policy ingress_state::wanted_for(const incoming_message& message,
                                                  const model::author_facts& author) const {
  if (is_way_back(message)) return with_->recipients.policy_for(message.body->octets());
  auto wanted = policy_of(message);
  // Mail systems head their bounces `From: MAILER-DAEMON`. Where no reader finds a domain nobody's
  // name is misused.
  const bool nobody = author.known && author.domains.empty() && !author.anybody;
  if (wanted.require_author && nobody && message.sender.is_null()) {
    const imf::message_view view(message.body->octets());
    wanted.require_author = dsn::classify_notification(view) == dsn::notification_kind::none;
  }
  return wanted;
}

void ingress_state::authenticated(const submission& m,
                                  const model::authentication_results& results) {
  auto admission = model::admit(results, wanted_for(*m->message, results.author),
                                admission_facts_of(*m->message, results));
  if (admission.refusal) {
    // One reply for all that does not go back, but for what may go back later.
    const bool no_notification = is_way_back(*m->message) && admission.reason == "unauthenticated";
    if (no_notification) admission.refusal = model::make_reply(model::reply_kind::way_back_refused);
    refuse(m, *admission.refusal, no_notification ? "way_back" : admission.reason,
           model::event_details(results, admission));
    return;
  }
  if (is_way_back(*m->message)) return settle_way_back(m, results, std::move(admission));
  decide(m, results, std::move(admission));
}

void ingress_state::settle_way_back(const submission& m,
                                    const model::authentication_results& results,
                                    model::admission admission) {
  const auto verdicts = model::event_details(results, admission);
  // Where nobody looks who sent it, its form has to show what it is.
  if (!results.checked
      && with_->recipients.policy_for(m->message->body->octets()).require_authentication) {
    refuse(m, model::make_reply(model::reply_kind::way_back_refused), "way_back", verdicts);
    return;
  }
  // A host may call itself nothing; whoever names an author so that nobody can read it hides one.
  if (results.checked && results.author_domain.empty()
      && (names_an_author(*m->message) || !results.author.domains.empty())) {
    refuse(m, model::make_reply(model::reply_kind::author_unknown), "author_unknown", verdicts);
    return;
  }
  auto copy = std::make_shared<incoming_message>(*m->message);
  SP_ASSERT(copy->recipients.size() == 1);
  auto& only = copy->recipients.front();
  auto [route, reason] =
      with_->recipients.settle(only.path, std::move(only.route), copy->client.address);
  if (!reason.empty()) {
    refuse(m, route.reply, reason, verdicts);
    return;
  }
  only.route = std::move(route);
  pass_on(std::make_shared<const submit_message>(submit_message{std::move(copy), m->done}),
          results, std::move(admission));
}

// A recipient whose rules had to see the message is alone in its transaction, so the reply to the
// final dot is about nobody else. The rules are taken from the table that was used at RCPT: what
// the sender was told there stays true.
void ingress_state::decide(const submission& m, const model::authentication_results& results,
                           model::admission admission) {
  const auto& only = m->message->recipients.front();
  const auto table = only.route.undecided;
  if (!table) return pass_on(m, results, std::move(admission));
  SP_ASSERT(m->message->recipients.size() == 1);
  const auto facts = model::facts_of(results, m->message->body->size());
  late_decision d{.message = m,
                  .results = std::make_shared<const model::authentication_results>(results),
                  .admission = std::make_shared<const model::admission>(std::move(admission)),
                  .route = table->route(only.path, &facts, model::routing_table::at_once)};
  if (d.route.kind != model::route_kind::costly) return decided(d);
  with_->desk.ask(
      {.account = with_->recipients.account_of(d.route.zone),
       .zone = d.route.zone,
       .decide = [table, path = only.path, facts](model::pattern_supply& supply) {
         return table->route(path, &facts, supply);
       },
       .answer = [self = caf::actor_cast<ingress_actor>(self_), d](model::route_decision route) {
         auto late = d;
         late.route = std::move(route);
         caf::anon_send(self, std::move(late));
       }});
}

void ingress_state::decided(const late_decision& d) {
  auto copy = std::make_shared<incoming_message>(*d.message->message);
  auto& route = copy->recipients.front().route;
  const bool doubtful = route.doubtful && d.route.kind == model::route_kind::unknown;
  route = doubtful ? put_off_in_doubt(d.route) : d.route;
  const auto m =
      std::make_shared<const submit_message>(submit_message{std::move(copy), d.message->done});
  if (route.reply.code == 0) return pass_on(m, *d.results, *d.admission);
  auto details = model::event_details(*d.results, *d.admission);
  details.insert(details.begin(), {"rule", route.rule});
  refuse(m, route.reply, reason_of(route), details);
}

void ingress_state::pass_on(const submission& m, const model::authentication_results& results,
                            model::admission admission) {
  log_facts facts{.spf = results.spf,
                  .dkim = results.dkim,
                  .dmarc = results.dmarc,
                  .admission = admission.reason,
                  .vouched_by = results.vouched_by};
  self_
      ->request(with_->router, caf::infinite,
                route_request{m->message, results, std::move(admission)})
      .then([this, m, facts = std::move(facts)](
                route_response& r) { routed(m, facts, std::move(r.message)); },
            [this, m](const caf::error&) { refuse_for_trouble(m, "routing"); });
}

void ingress_state::routed(const submission& m, log_facts facts, storage::new_message message) {
  assign_id(message, with_->next_id(m->message->received));
  facts.tls = message.message.tls;
  facts.message_id = message.message.message_id;
  facts.envelopes = message.envelopes.size();
  const auto w = std::make_shared<at_the_spooler>();
  w->message = m;
  w->facts = std::move(facts);
  w->deadline = with_->time.steady_now() + with_->accept_deadline;
  wait_for(w);
  self_->request(with_->spooler, caf::infinite, accept_request{std::move(message), {w, &w->gate}})
      .then([this, w](const accept_response& r) { spooled(*w, r); },
            [this, w](const caf::error&) {
              spooled(*w, {tl::unexpected(error{errc::unavailable, "the spool has ended"})});
            });
}

// ---- waiting for the disk ----------------------------------------------------------------------

void ingress_state::wait_for(const waiting& w) {
  forget_answered();
  waiting_.push_back(w);
  if (std::exchange(ticking_, true)) return;
  self_->delayed_send(self_, deadline_step, tick{});
}

void ingress_state::forget_answered() {
  while (!waiting_.empty() && !waiting_.front()->message) waiting_.pop_front();
}

void ingress_state::spooled(at_the_spooler& w, const accept_response& response) {
  if (const auto m = std::exchange(w.message, nullptr)) {
    forget_answered();
    stored(m, w.facts, response);
  } else if (response.receipt) {
    // Its client was told to try again, and will: a duplicate, not a loss.
    log_.warning("message.accepted_late", {{"queue_id", response.receipt->queue_id()}});
  }
}

// The outcome of a write in progress is unknown; a write that has not begun is not made.
void ingress_state::give_up(at_the_spooler& w) {
  const auto m = std::exchange(w.message, nullptr);
  const bool may_turn_up = !w.gate.give_up();
  log_.warning("message.not_durable_in_time",
               {{"client", m->message->client.address.to_string()},
                {"waited_ms", with_->accept_deadline.count()},
                {"may_turn_up", may_turn_up}});
  refuse(m, smtp::to_reply({errc::unavailable, "the disk does not answer"}), "storage");
}

void ingress_state::on_tick() {
  const auto now = with_->time.steady_now();
  while (!waiting_.empty() && (!waiting_.front()->message || waiting_.front()->deadline <= now)) {
    const auto w = std::move(waiting_.front());
    waiting_.pop_front();
    if (w->message) give_up(*w);
  }
  ticking_ = !waiting_.empty();
  if (ticking_) self_->delayed_send(self_, deadline_step, tick{});
}

void ingress_state::stored(const submission& m, const log_facts& facts,
                           const accept_response& response) {
  if (!response.receipt) {
    refuse(m, smtp::to_reply(response.receipt.error()),
           response.receipt.error().code == errc::no_space ? "no_space" : "storage");
    return;
  }
  --in_progress_;
  const auto& in = *m->message;
  const auto took = with_->time.steady_now() - in.arrived;
  with_->metrics.smtp.messages_accepted.add();
  with_->metrics.smtp.accepted_octets.add(in.body->size());
  with_->metrics.smtp.accept_seconds.observe(std::chrono::duration<double>(took).count());
  const auto dropped = std::ranges::count(in.recipients, model::route_kind::drop,
                                          [](const auto& r) { return r.route.kind; });
  if (dropped > 0) {
    with_->metrics.queue.outcomes.add("dropped", static_cast<std::uint64_t>(dropped));
  }
  log_.info("message.accepted",
            {{"queue_id", response.receipt->queue_id()},
             {"client", in.client.address.to_string()},
             {"helo", printable(in.client.helo, 100)},
             {"tls", facts.tls},
             {"from", loggable_address(in.sender.to_string())},
             {"recipients", in.recipients.size()},
             {"envelopes", facts.envelopes},
             {"size", in.body->size()},
             {"message_id", printable(facts.message_id, 200)},
             {"spf", to_string(facts.spf)},
             {"dkim", to_string(facts.dkim)},
             {"dmarc", to_string(facts.dmarc)},
             {"admission", facts.admission},
             {"vouched_by", printable(facts.vouched_by, 200)},
             {"took_ms", std::chrono::duration_cast<milliseconds>(took).count()}});
  m->done(smtp::final_reply(*response.receipt));
}

void ingress_state::refuse(const submission& m, const smtp::reply& reply, std::string_view reason,
                           const event_details& details) {
  --in_progress_;
  const auto& in = *m->message;
  with_->metrics.smtp.rejections.add(reason);
  if (with_->record.may_log("message.refused", in.client.address)) {
    log_.info("message.refused", {{"client", in.client.address.to_string()},
                                  {"from", loggable_address(in.sender.to_string())},
                                  {"reason", reason},
                                  {"reply", reply.to_string()}});
  }
  model::activity_event event;
  event.at = in.received;
  event.kind = model::event_kind::rejected;
  event.sender = in.sender.to_string();
  event.host = in.client.address.to_string();
  event.reply = reply.to_string();
  event.size = in.body->size();
  event.details = {{"reason", std::string(reason)}};
  event.details.insert(event.details.end(), details.begin(), details.end());
  for (const auto& recipient : in.recipients) {
    event.zone = recipient.route.zone;
    event.zone_id = recipient.route.zone_id;
    event.recipient = recipient.path.to_string();
    with_->record.refused(event, in.client.address, with_->spooler);
  }
  m->done(smtp::final_reply(smtp::refusal(reply)));
}

void ingress_state::refuse_for_trouble(const submission& m, std::string_view what) {
  log_.error("message.not_handled", {{"step", what}});
  refuse(m, smtp::to_reply({errc::unavailable, std::string(what)}), "trouble");
}

status_report ingress_state::status() const {
  return {.actor = name, .numbers = {{"in_progress", in_progress_}}};
}

ingress_actor::behavior_type ingress(ingress_state::pointer self, ingress_dependencies with) {
  self->state.start(std::move(with));
  return {
      [self](submit_message& m) { self->state.submit(m); },
      [self](const late_decision& d) { self->state.decided(d); },
      [self](tick) { self->state.on_tick(); },
      [self](get_status) { return self->state.status(); },
  };
}

}  // namespace signpost::actors
