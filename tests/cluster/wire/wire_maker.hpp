// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Values that go between nodes, as odd as they can be, the same ones every time; and each kind of
// them behind one face.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.hpp"
#include "cluster/wire/acceptance.hpp"
#include "cluster/wire/authentication.hpp"
#include "cluster/wire/copies.hpp"
#include "cluster/wire/heartbeat.hpp"
#include "cluster/wire/routing.hpp"
#include "cluster/wire/signing.hpp"

namespace signpost::cluster::wire {

class maker {
 public:
  explicit maker(std::uint64_t seed = 20261130) : random_(seed) {}

  std::uint64_t below(std::uint64_t n) { return random_.below(n); }
  std::uint64_t number() {
    return random_.below(std::uint64_t{1} << random_.below(64))
           + (random_.below(50) == 0 ? UINT64_MAX / 2 : 0);
  }
  std::uint16_t tiny() { return static_cast<std::uint16_t>(number()); }
  std::uint32_t small() { return static_cast<std::uint32_t>(number()); }
  bool flag() { return random_.below(2) == 1; }
  wall_time time() {
    const auto ms = static_cast<std::int64_t>(number());
    return wall_time{milliseconds{flag() ? ms : ~ms}};
  }
  std::string octets(std::size_t size) {
    std::string t(size, '\0');
    random_.fill(std::as_writable_bytes(std::span(t.data(), t.size())));
    return t;
  }
  std::string text() { return octets(below(8) == 0 ? below(1000) : below(20)); }
  template <typename Enum>
  Enum choice(Enum last) {
    return static_cast<Enum>(below(static_cast<std::uint64_t>(last) + 1));
  }
  template <typename Make>
  auto list(const Make& make, std::size_t most = 4) {
    std::vector<decltype(make())> out;
    for (auto left = below(most); left > 0; --left) out.push_back(make());
    return out;
  }
  std::vector<std::string> texts() {
    return list([this] { return text(); });
  }
  model::queue_id id() { return *model::queue_id::from_octets(octets(16)); }
  crypto::sha256_octets digest() {
    crypto::sha256_octets out{};
    random_.fill(out);
    return out;
  }
  ip_address address() {
    const auto o = octets(flag() ? 4 : 16);
    const std::vector<std::uint8_t> numbers(o.begin(), o.end());
    return *ip_address::from_bytes(numbers);
  }
  /// One that can be written: an odd local part of each sort.
  signpost::address::mailbox mailbox() {
    static const std::vector<std::string> some{
        "a@example.org",
        "\"j doe\"@example.org",
        "\"a\\\"b@c\"@example.org",
        "user+detail@sub.example",
        "m\xc3\xbcller@xn--mller-kva.example",
        "a@[192.0.2.1]",
        "a@[IPv6:2001:db8::1]",
        "SRS0=abcd=EF=sender.example=" + std::string(80, 'x') + "@zone.example",
        "a..b@my_shop.example",
        "." + std::string(249, 'x') + "@b",  // 254 octets with its quotes
        std::string(252, 'x') + "@b"};
    return signpost::address::mailbox::parse_from_peer(some[below(some.size())]).value();
  }
  model::author_facts author() {
    return {.known = flag(),
            .proven = flag(),
            .anybody = flag(),
            .domains = list([this] { return model::author_domain{text(), text()}; })};
  }
  error failure() { return {choice(errc::corrupt), text()}; }
  template <typename T>
  result<T> answer(T value) {
    if (below(4) == 0) return tl::unexpected(failure());
    return value;
  }

  client_facts client() {
    client_facts c{.address = address(), .name = text(), .helo = text(), .protocol = text()};
    if (flag()) c.tls = smtp::tls_info{.version = text(), .cipher = text(), .bits = tiny()};
    return c;
  }
  body_reference body() { return {.size = number(), .digest = digest()}; }
  smtp::reverse_path sender() {
    return flag() ? smtp::reverse_path(mailbox()) : smtp::reverse_path();
  }
  smtp::forward_path recipient() {
    return below(4) == 0 ? smtp::forward_path::postmaster() : smtp::forward_path(mailbox());
  }
  smtp::reply reply() {
    return {.code = tiny(),
            .status = {.klass = tiny(), .subject = tiny(), .detail = tiny()},
            .lines = texts()};
  }
  model::verdict verdict() { return choice(model::verdict::permerror); }

  authentication_question authentication() {
    return {.client = client(),
            .sender = sender(),
            .eight_bit = flag(),
            .smtputf8 = flag(),
            .recipients = list([this] { return recipient(); }),
            .body = body(),
            .received = time()};
  }
  model::authentication_results results() {
    return {.checked = flag(),
            .spf = verdict(),
            .spf_helo = verdict(),
            .dkim = verdict(),
            .dmarc = verdict(),
            .arc = verdict(),
            .spf_domain = text(),
            .dkim_domains = texts(),
            .author_domain = text(),
            .author = author(),
            .disposition = choice(model::dmarc_disposition::reject),
            .vouched_by = text(),
            .temporary = flag(),
            .fields = text()};
  }
  routing_question routing() {
    routing_question q{.sender = sender(),
                       .recipient = recipient(),
                       .client = address(),
                       .facts = {},
                       .revision = number()};
    if (flag()) {
      q.facts = model::message_facts{.spf = verdict(),
                                     .dkim = verdict(),
                                     .dmarc = verdict(),
                                     .arc = verdict(),
                                     .size = number()};
    }
    return q;
  }
  model::destination destination() {
    model::destination d{.fallbacks = list([this] { return mailbox(); }),
                         .zone = text(),
                         .zone_id = text(),
                         .rule = text()};
    if (flag()) {
      d.mailbox = mailbox();
    } else {
      d.webhook = text();
    }
    return d;
  }
  routed_recipient routed() {
    routed_recipient out{.revision = number()};
    auto& d = out.decision;
    d.kind = choice(model::route_kind::unavailable);
    d.zone = text();
    d.zone_id = text();
    d.rule = text();
    d.destinations = list([this] { return destination(); });
    d.reply = reply();
    d.admission = {.enforce_dmarc = flag(),
                   .require_author = flag(),
                   .quarantine = choice(model::quarantine_action::reject),
                   .require_authentication = flag(),
                   .own_author = choice(model::own_author_action::reject)};
    d.way_back = flag();
    d.doubtful = flag();
    return out;
  }
  signing_question signing() {
    return {.kind = choice(signature_kind::arc_seal),
            .header = text(),
            .body_hash = text(),
            .claims = {.queue_id = id(),
                       .zone = text(),
                       .sender = text(),
                       .sender_proven = flag(),
                       .own = flag(),
                       .author = author()}};
  }
  acceptance_question acceptance() {
    acceptance_question q{.record = {.accepted = time(),
                                     .sender = text(),
                                     .helo = text(),
                                     .client_address = text(),
                                     .own = flag(),
                                     .tls = text(),
                                     .eight_bit = flag(),
                                     .may_bounce = flag(),
                                     .size = number(),
                                     .recipients = small(),
                                     .prefix = text(),
                                     .author = author()},
                          .body = body()};
    q.envelopes = list([this] {
      return model::envelope{.original = text(),
                             .destination = text(),
                             .zone = "zone.example",
                             .zone_id = flag() ? "id" : "",
                             .rule = text(),
                             .next_hop = model::next_hop(text()),
                             .state = choice(model::outcome::removed),
                             .next_attempt = time(),
                             .expires = time(),
                             .fallbacks = texts()};
    });
    for (std::uint32_t i = 0; i < q.envelopes.size(); ++i) q.envelopes[i].index = i;
    q.events = list([this] {
      return model::activity_event{.at = time(),
                                   .kind = choice(model::event_kind::failover),
                                   .zone = "zone.example",
                                   .recipient = text(),
                                   .size = number(),
                                   .details = {{text(), text()}}};
    });
    return q;
  }

  holder some_holder() { return {.node = tiny(), .disk = number()}; }
  std::vector<holder> holders() {
    return list([this] { return some_holder(); });
  }
  claim some_claim() { return {.version = number(), .node = tiny(), .tenure = small()}; }
  std::vector<recipient_progress> progress() {
    return list([this] {
      return recipient_progress{.attempts = small(), .end = choice(recipient_end::delivered)};
    });
  }
  /// Each kind in turn.
  copies_message said() {
    switch (below(std::variant_size_v<copies_message>)) {
      case 0:
        return put{.id = id(),
                   .owner = some_claim(),
                   .revision = small(),
                   .whole = flag(),
                   .required = static_cast<std::uint8_t>(below(256)),
                   .digest = number(),
                   .holders = holders(),
                   .progress = progress()};
      case 1: return put_ack{id(), number(), small(), number(), number()};
      case 2: return put_nack{id(), number(), choice(put_refusal::ended)};
      case 3: return del{id(), number(), holders(), holders()};
      case 4: return del_ack{id(), number(), holders()};
      case 5: return forget{id(), holders()};
      case 6: return ask{id(), some_claim(), number(), progress()};
      case 7: return wire::answer{id(), choice(answer_kind::wait), some_claim()};
      case 8: return digest_range{id(), id(), small(), number()};
      case 9:
        return listing{id(), id(), number(), number(), flag(), list([this] {
                         return listed_copy{id(), number(), small()};
                       })};
      case 10: return stray{id()};
      case 11: return offer{id(), some_claim()};
      case 12: return release{id()};
      case 13: return released{id(), number()};
      case 14: return fetch{id(), number()};
      case 15: return found{id(), number()};
      default: return unreadable{id(), number()};
    }
  }
  copies_item item() {
    copies_item i{.said = said()};
    if (flag()) {
      i.contents = copy_contents{
          .record = text(), .envelopes = texts(), .events = texts(), .body = body()};
    }
    return i;
  }
  heartbeat beat() {
    heartbeat h{.boot = number(), .draining = flag(), .full = flag()};
    if (flag()) h.renewed_ms_ago = number();
    if (flag()) h.others_renewed_ms_ago = number();
    h.members = list([this] {
      return member_news{tiny(), number(), small(), small(), number(), flag(), flag()};
    });
    return h;
  }

 private:
  seeded_random random_;
};

/// A kind of value: octets of an odd one, and what octets become when they are read and written.
struct value_kind {
  std::string name;
  std::function<std::string(maker&)> octets;
  std::function<result<std::string>(std::string_view)> again;
};

template <typename T>
result<std::string> written_again(const result<T>& decoded) {
  if (!decoded) return tl::unexpected(decoded.error());
  return encode(*decoded);
}
/// Of an answer: what the other node could not do is an answer, too.
template <typename T>
result<std::string> answer_again(const result<T>& decoded, std::string_view unreadable) {
  if (!decoded && decoded.error().context == unreadable) return tl::unexpected(decoded.error());
  return encode(decoded);
}

inline const std::vector<value_kind>& value_kinds() {
  static const std::vector<value_kind> all{
      {"AuthenticationQuestion", [](maker& m) { return encode(m.authentication()); },
       [](std::string_view o) { return written_again(decode_authentication_question(o)); }},
      {"AuthenticationAnswer", [](maker& m) { return encode(m.answer(m.results())); },
       [](std::string_view o) {
         return answer_again(decode_authentication_answer(o), "authentication_answer");
       }},
      {"RoutingQuestion", [](maker& m) { return encode(m.routing()); },
       [](std::string_view o) { return written_again(decode_routing_question(o)); }},
      {"RoutingAnswer", [](maker& m) { return encode(m.answer(m.routed())); },
       [](std::string_view o) { return answer_again(decode_routing_answer(o), "routing_answer"); }},
      {"SigningQuestion", [](maker& m) { return encode(m.signing()); },
       [](std::string_view o) { return written_again(decode_signing_question(o)); }},
      {"SigningAnswer", [](maker& m) { return encode(m.answer(m.text())); },
       [](std::string_view o) { return answer_again(decode_signing_answer(o), "signing_answer"); }},
      {"AcceptanceQuestion", [](maker& m) { return encode(m.acceptance()); },
       [](std::string_view o) { return written_again(decode_acceptance_question(o)); }},
      {"AcceptanceAnswer", [](maker& m) { return encode(m.answer(m.id())); },
       [](std::string_view o) {
         return answer_again(decode_acceptance_answer(o), "acceptance_answer");
       }},
      {"CopiesItem", [](maker& m) { return encode(m.item()); },
       [](std::string_view o) { return written_again(decode_copies_item(o)); }},
      {"Heartbeat", [](maker& m) { return encode(m.beat()); },
       [](std::string_view o) { return written_again(decode_heartbeat(o)); }},
  };
  return all;
}

}  // namespace signpost::cluster::wire
