// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/signing/sealer.hpp"

#include <algorithm>
#include <caf/expected.hpp>
#include <caf/sec.hpp>
#include <caf/send.hpp>
#include <caf/typed_response_promise.hpp>
#include <map>
#include <optional>
#include <vector>

#include "actors/delivery/webhook_order.hpp"
#include "actors/queue/delivery_job.hpp"
#include "actors/signing/copy_fields.hpp"
#include "actors/signing/copy_signer.hpp"
#include "actors/signing/messages.hpp"
#include "actors/signing/presentable.hpp"
#include "actors/signing/webhook_signing.hpp"
#include "actors/status_messages.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "model/authentication/alignment_guard.hpp"
#include "model/authentication/author_reader.hpp"
#include "model/replies.hpp"
#include "proto/imf/message_view.hpp"
#include "proto/imf/seven_bit.hpp"

namespace signpost::actors {
namespace {

const logger log_("actors.sealer");

const std::string& service_domain(const sealing_options& o) {
  return o.service_domain.empty() ? o.host_name : o.service_domain;
}

const std::string& authserv_id(const sealing_options& o) {
  return o.authserv_id.empty() ? o.host_name : o.authserv_id;
}

// Without a header field of its own a message could begin with a line that continues our last one.
bool needs_separator(const imf::message_view& view) {
  return view.fields().empty() && !view.has_separator();
}

// Whom the message may be shown as coming from. Mail that older versions accepted is judged now:
// its proof was not stored, so it counts as unproven.
model::author_facts author_of(const delivery_job& job) {
  const auto& r = *job.record;
  // What we wrote ourselves has its own header and came from nowhere.
  if (r.own) return {.known = true, .proven = true};
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
                                         const sealer_dependencies& with, wall_time now) {
  const auto& host = with.options.host_name;
  // Mail for the node's own postmaster belongs to no zone: it is sent on in the node's name.
  const auto alias = guard.sender_domain(job.zone(), host);
  if (!alias) return kept_sender(*job.record, guard);
  auto sender = sender_of(job, *with.keys.current(), std::string(*alias), now);
  // Without a sender, our name in EHLO takes its place (RFC 7208 §2.4).
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

/// What the signer is told of the copy.
cluster::wire::copy_claims claims_of(const delivery_job& job, const smtp::outgoing_message& m,
                                     const model::author_facts& author) {
  const auto& r = *job.record;
  return {.queue_id = r.id,
          .zone = job.zone(),
          .sender = m.sender,
          .sender_proven = r.sender_proven,
          .own = r.own,
          .author = author};
}

/// What was written above the message at receipt, as this copy has it.
result<std::string> received_fields(const model::message_record& r, copy_form form) {
  if (form == copy_form::as_received) return r.prefix;
  auto fields = imf::header_to_seven_bit(r.prefix);
  if (!fields) return fail(errc::malformed, fields.error().context);
  return fields;
}

/// Everything that precedes the bytes of this copy. `m` has addresses and body already, and as its
/// prefix the fields that were written at receipt.
std::string written_prefix(const delivery_job& job, const smtp::outgoing_message& m,
                           const model::author_facts& author, signature_book& book,
                           const sealer_dependencies& with, copy_form form) {
  const auto& r = *job.record;
  const auto& service = service_domain(with.options);
  const model::alignment_guard guard(author);
  const imf::message_view view(m.body->octets());
  copy_signer copy(view, book,
                   {.domain = service,
                    .body_hash = m.body->rest() ? m.body->rest()->relaxed_body_hash() : "",
                    .valid_for = std::chrono::duration_cast<seconds>(with.options.valid_for),
                    .claims = claims_of(job, m, author),
                    .metrics = with.metrics.signing});
  copy.put(m.prefix);
  if (!r.own) {
    if (with.options.arc) copy.put(copy.arc_set(m.prefix));
    const auto received = received_of(job, with.options.host_name);
    copy.put(form == copy_form::as_received ? received
                                            : imf::header_to_seven_bit(received).value_or(""));
    auto forwarded = with.options.forwarded_fields ? forwarded_fields_of(job) : std::string();
    // They are for people who look into headers: not worth asking for an extension.
    if (is_ascii(forwarded) || needs_smtputf8(m, r, view)) copy.put(forwarded);
    if (job.zone() != service) put_signatures(copy, guard, job.zone());
  }
  put_signatures(copy, guard, service);
  if (!book.complete()) copy.remember();
  // A key that was replaced at this moment: the copy is signed by the new one.
  if (book.take_new_keys()) return written_prefix(job, m, author, book, with, form);
  if (book.complete() && !book.put_off()) copy.tell();
  const bool separate = needs_separator(view) && !copy.text().empty();
  return separate ? copy.text() + "\r\n" : copy.text();
}

/// As above, or what is remembered of the same copy.
std::string prefix_for(const delivery_job& job, const smtp::outgoing_message& m,
                       const model::author_facts& author, signature_book& book,
                       const sealer_dependencies& with, copy_form form) {
  const auto now = with.time.steady_now();
  auto name = job.record->id.to_string() + " " + job.zone();
  if (form == copy_form::seven_bit) name += " in 7 bits";
  // A copy for one recipient names where it goes, and that can change (failover).
  if (job.record->recipients == 1) name += " " + job.envelopes.front().destination;
  if (auto kept = with.cache->find(name, book.names(), now)) {
    with.metrics.signing.reused.add();
    return std::move(*kept);
  }
  auto made = written_prefix(job, m, author, book, with, form);
  if (book.complete() && !book.put_off()) with.cache->put(name, made, book.names(), now);
  return made;
}

/// What is answered to whoever asked for the copy: an error if it is to be tried again later.
caf::expected<seal_response> response_of(const delivery_job& job,
                                         result<smtp::outgoing_message> sealed,
                                         const sealer_dependencies& with) {
  if (sealed) {
    std::optional<webhook_order> webhook;
    if (job.next_hop().is_webhook()) {
      webhook = webhook_order_of(job, with.webhook_key, with.time.now());
    }
    return seal_response{std::nullopt, std::move(*sealed), std::move(webhook)};
  }
  if (sealed.error().code == errc::denied) {
    log_.warning("seal.refused",
                 {{"queue_id", job.id().to_string()}, {"error", to_string(sealed.error())}});
    return seal_response{
        .refusal = model::make_reply(model::reply_kind::would_forge), .message = {}, .webhook = {}};
  }
  if (sealed.error().code == errc::malformed) return seal_response{.not_encoded = true};
  log_.warning("seal.postponed",
               {{"queue_id", job.id().to_string()}, {"error", to_string(sealed.error())}});
  return caf::make_error(caf::sec::runtime_error);
}

/// One who seals. What other nodes sign waits here.
class sealing_desk {
 public:
  sealing_desk(sealer_actor::pointer self, sealer_dependencies with)
      : self_(self), with_(std::move(with)) {}

  caf::result<seal_response> seal(const seal_request& m) {
    signature_book book(with_.signing, with_.time.now());
    const auto form = m.seven_bit ? copy_form::seven_bit : copy_form::as_received;
    auto sealed = actors::seal(*m.job, with_, book, form);
    if (book.complete()) return response_of(*m.job, std::move(sealed), with_);
    auto& w = waiting_[++last_];
    w.job = m.job;
    w.form = form;
    w.book.emplace(std::move(book));
    w.asker = self_->make_response_promise<seal_response>();
    auto asker = w.asker;
    ask(last_, w);
    return asker;
  }

  void answered(const signature_arrived& m) {
    const auto at = waiting_.find(m.copy);
    if (at == waiting_.end()) return;
    auto& w = at->second;
    w.book->enter(w.asked.at(m.question), m.answer);
    if (--w.open > 0) return;
    auto sealed = actors::seal(*w.job, with_, *w.book, w.form);
    if (!w.book->complete()) return ask(m.copy, w);
    auto done = waiting_.extract(at);
    auto response = response_of(*done.mapped().job, std::move(sealed), with_);
    if (response) {
      done.mapped().asker.deliver(std::move(*response));
    } else {
      done.mapped().asker.deliver(std::move(response.error()));
    }
  }

  [[nodiscard]] status_report status() const {
    return {.actor = "sealer",
            .numbers = {{"waiting", static_cast<std::int64_t>(waiting_.size())}}};
  }

 private:
  struct waiting {
    job_ptr job;
    copy_form form = copy_form::as_received;
    std::optional<signature_book> book;
    caf::typed_response_promise<seal_response> asker;
    std::vector<signature_book::question> asked;
    std::size_t open = 0;  ///< of `asked`, without answer
  };

  void ask(std::uint64_t copy, waiting& w) {
    w.asked = w.book->take_missing();
    w.open = w.asked.size();
    for (std::size_t i = 0; i < w.asked.size(); ++i) {
      with_.signing.ask(w.asked[i], [sealer = sealer_actor{self_}, copy, i](auto answer) {
        caf::anon_send(sealer, signature_arrived{copy, i, std::move(answer)});
      });
    }
  }

  sealer_actor::pointer self_;
  sealer_dependencies with_;
  std::map<std::uint64_t, waiting> waiting_;
  std::uint64_t last_ = 0;
};

sealer_actor::behavior_type sealing_worker(sealer_actor::pointer self, sealer_dependencies with) {
  auto desk = std::make_shared<sealing_desk>(self, std::move(with));
  return {
      [desk](const seal_request& m) { return desk->seal(m); },
      [desk](const signature_arrived& m) { desk->answered(m); },
      [desk](get_status) { return desk->status(); },
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

namespace {

// Nobody but us writes into our own messages.
result<body_ptr> body_of(const delivery_job& job, const sealer_dependencies& with,
                         copy_form form) {
  auto body = job.body;
  if (!job.record->own) {
    SP_TRY(body, presentable(job.body, authserv_id(with.options), with.budget));
  }
  if (form == copy_form::as_received) return body;
  return seven_bit_body(body, job.record->prefix, with.options.reencode, with.budget);
}

// An address cannot be encoded.
bool has_ascii_addresses(const smtp::outgoing_message& m) {
  return is_ascii(m.sender) && std::ranges::all_of(m.recipients, is_ascii);
}

}  // namespace

result<smtp::outgoing_message> seal(const delivery_job& job, const sealer_dependencies& with,
                                    signature_book& book, copy_form form) {
  const auto& r = *job.record;
  const auto begun = with.time.steady_now();
  smtp::outgoing_message out;
  const auto author = author_of(job);
  const model::alignment_guard guard(author);
  auto sender = lawful_sender(job, guard, with, book.now());
  if (!sender) {
    return fail(errc::denied,
                "every name this node can sign with is aligned with an author who is not proven");
  }
  out.sender = *std::move(sender);
  for (const auto& e : job.envelopes) out.recipients.push_back(e.destination);
  const bool seven_bit = form == copy_form::seven_bit;
  if (seven_bit && !has_ascii_addresses(out)) return fail(errc::malformed, "an address");
  SP_TRY(out.body, body_of(job, with, form));
  SP_TRY(out.prefix, received_fields(r, form));
  out.prefix = prefix_for(job, out, author, book, with, form);
  if (book.put_off()) return fail(errc::unavailable, "the signer does not answer");
  const imf::message_view view(r.smtputf8 ? out.body->octets() : std::string_view());
  out.smtputf8 = needs_smtputf8(out, r, view);
  out.eight_bit = (r.eight_bit && !seven_bit) || !is_ascii(out.prefix);
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
      [](const signature_arrived&) {},  // workers are told themselves
      [](get_status) { return status_report{.actor = "sealer", .numbers = {}}; },
  };
}

}  // namespace signpost::actors
