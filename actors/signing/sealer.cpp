// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/signing/sealer.hpp"

#include <caf/sec.hpp>
#include <optional>
#include <vector>

#include "actors/signing/copy_fields.hpp"
#include "actors/signing/copy_signer.hpp"
#include "actors/signing/presentable.hpp"
#include "actors/signing/webhook_signing.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "model/authentication/alignment_guard.hpp"
#include "model/authentication/author_reader.hpp"
#include "model/replies.hpp"
#include "proto/imf/message_view.hpp"

namespace signpost::actors {
namespace {

const logger log_("actors.sealer");

const std::string& service_domain(const sealing_options& o) {
  return o.service_domain.empty() ? o.host_name : o.service_domain;
}

const std::string& authserv_id(const sealing_options& o) {
  return o.authserv_id.empty() ? o.host_name : o.authserv_id;
}

// What we wrote ourselves (a notification) has its own header and came from nowhere.
bool is_own(const model::message_record& r) {
  return r.client_address.empty();
}

// Without a header field of its own a message could begin with a line that continues our last one.
bool needs_separator(const imf::message_view& view) {
  return view.fields().empty() && !view.has_separator();
}

// Whom the message may be shown as coming from. What older versions took in is looked at now: its
// proof was not kept, and so it has none.
model::author_facts author_of(const delivery_job& job) {
  const auto& r = *job.record;
  if (is_own(r)) return {.known = true, .proven = true};
  if (r.author.known) return r.author;
  return model::read_author(job.body->octets()).facts;
}

/// The sender as it came, where that is better than a name of ours.
std::optional<std::string> kept_sender(const model::message_record& r,
                                       const model::alignment_guard& guard) {
  const auto sender = address::mailbox::parse_from_peer(r.sender);
  if (!sender || sender->literal()) return std::nullopt;
  if (!guard.may_keep(sender->host().ascii(), r.sender_proven)) return std::nullopt;
  return r.sender;
}

/// The envelope sender; nothing if the message can only be lent a name that it must not have.
std::optional<std::string> lawful_sender(const delivery_job& job,
                                         const model::alignment_guard& guard,
                                         const sealer_dependencies& with) {
  const auto& host = with.options.host_name;
  // Mail for the node's own postmaster belongs to no zone: it is sent on in the node's name.
  const auto alias = guard.sender_domain(job.zone(), host);
  if (!alias) return kept_sender(*job.record, guard);
  auto sender = sender_of(job, *with.keys.current(), std::string(*alias), with.time.now());
  // Without a sender, our name in EHLO stands for it (RFC 7208 §2.4).
  if (sender.empty() && !guard.may_use(host)) return std::nullopt;
  return sender;
}

void put_signatures(copy_signer& copy, const model::alignment_guard& guard,
                    const std::string& domain) {
  if (guard.may_use(domain)) {
    copy.put(copy.signatures_of(domain));
  } else {
    copy.withhold(domain);
  }
}

/// Everything that stands above the bytes of this copy. `m` has addresses and body already.
std::string written_prefix(const delivery_job& job, const smtp::outgoing_message& m,
                           const model::alignment_guard& guard, const domain_key_map& keys,
                           const sealer_dependencies& with) {
  const auto& r = *job.record;
  const auto id = r.id.to_string();
  const auto& service = service_domain(with.options);
  const imf::message_view view(m.body->octets());
  copy_signer copy(view, keys,
                   {.queue_id = id,
                    .domain = service,
                    .body_hash = m.body->rest() ? m.body->rest()->relaxed_body_hash() : "",
                    .valid_for = std::chrono::duration_cast<seconds>(with.options.valid_for),
                    .now = with.time.now(),
                    .metrics = with.metrics.signing});
  copy.put(r.prefix);
  if (!is_own(r)) {
    if (with.options.arc) copy.put(copy.arc_set(r.prefix));
    copy.put(received_of(job, with.options.host_name));
    auto forwarded = with.options.forwarded_fields ? forwarded_fields_of(job) : std::string();
    // They are for people who look into headers: not worth asking for an extension.
    if (is_ascii(forwarded) || needs_smtputf8(m, r, view)) copy.put(forwarded);
    if (job.zone() != service) put_signatures(copy, guard, job.zone());
  }
  put_signatures(copy, guard, service);
  const bool separate = needs_separator(view) && !copy.text().empty();
  return separate ? copy.text() + "\r\n" : copy.text();
}

/// As above, or what is remembered of the same copy.
std::string prefix_for(const delivery_job& job, const smtp::outgoing_message& m,
                       const model::alignment_guard& guard, const sealer_dependencies& with) {
  const auto keys = with.signing.current();
  const auto now = with.time.steady_now();
  auto name = job.record->id.to_string() + " " + job.zone();
  // A copy for one recipient names where it goes, and that can change (failover).
  if (job.record->recipients == 1) name += " " + job.envelopes.front().destination;
  if (auto kept = with.cache->find(name, keys, now)) {
    with.metrics.signing.reused.add();
    return std::move(*kept);
  }
  auto made = written_prefix(job, m, guard, *keys, with);
  with.cache->put(name, made, keys, now);
  return made;
}

caf::result<seal_response> answer(const seal_request& m, const sealer_dependencies& with) {
  auto sealed = seal(*m.job, with);
  if (sealed) {
    std::optional<webhook_order> webhook;
    if (m.job->next_hop().is_webhook()) {
      webhook = webhook_order_of(*m.job, with.webhook_key, with.time.now());
    }
    return seal_response{std::nullopt, std::move(*sealed), std::move(webhook)};
  }
  if (sealed.error().code == errc::denied) {
    log_.warning("seal.refused",
                 {{"queue_id", m.job->id().to_string()}, {"error", to_string(sealed.error())}});
    return seal_response{
        .refusal = model::make_reply(model::reply_kind::would_forge), .message = {}, .webhook = {}};
  }
  log_.warning("seal.postponed",
               {{"queue_id", m.job->id().to_string()}, {"error", to_string(sealed.error())}});
  return make_error(caf::sec::runtime_error);
}

sealer_actor::behavior_type sealing_worker(sealer_actor::pointer, sealer_dependencies with) {
  return {
      [with = std::move(with)](const seal_request& m) { return answer(m, with); },
      [](get_status) { return status_report{.actor = "sealer", .numbers = {}}; },
  };
}

/// Who seals the next copy: in turn, but all copies of one message at the same place, one behind
/// the other, so that the second finds what the first has made.
class turn {
 public:
  explicit turn(std::size_t places) : places_(places) {}

  std::size_t of(const delivery_job& job) {
    if (job.record->recipients == 1) return next_++ % places_;
    return std::hash<std::string_view>()(job.id().octets()) % places_;
  }

 private:
  std::size_t places_;
  std::size_t next_ = 0;
};

}  // namespace

result<smtp::outgoing_message> seal(const delivery_job& job, const sealer_dependencies& with) {
  const auto& r = *job.record;
  const auto begun = with.time.steady_now();
  smtp::outgoing_message out;
  const auto author = author_of(job);
  const model::alignment_guard guard(author);
  auto sender = lawful_sender(job, guard, with);
  if (!sender) {
    return fail(errc::denied,
                "every name this node can sign with is aligned with an author who is not proven");
  }
  out.sender = *std::move(sender);
  for (const auto& e : job.envelopes) out.recipients.push_back(e.destination);
  // Nobody but us writes into our own messages.
  out.body = job.body;
  if (!is_own(r)) {
    SP_TRY(out.body, presentable(job.body, authserv_id(with.options), with.budget));
  }
  out.prefix = prefix_for(job, out, guard, with);
  const imf::message_view view(r.smtputf8 ? out.body->octets() : std::string_view());
  out.smtputf8 = needs_smtputf8(out, r, view);
  out.eight_bit = r.eight_bit || !is_ascii(out.prefix);
  const std::chrono::duration<double> took = with.time.steady_now() - begun;
  with.metrics.signing.seal_seconds.observe(took.count());
  return out;
}

sealer_actor::behavior_type sealer(sealer_actor::pointer self, sealer_dependencies with) {
  if (with.options.workers <= 1) return sealing_worker(self, std::move(with));
  std::vector<sealer_actor> pool;
  for (std::size_t i = 0; i < with.options.workers; ++i) {
    pool.push_back(self->spawn<caf::linked>(sealing_worker, with));
  }
  auto next = std::make_shared<turn>(pool.size());
  return {
      [self, pool = std::move(pool), next](const seal_request& m) -> caf::result<seal_response> {
        return self->delegate(pool[next->of(*m.job)], m);
      },
      [](get_status) { return status_report{.actor = "sealer", .numbers = {}}; },
  };
}

}  // namespace signpost::actors
