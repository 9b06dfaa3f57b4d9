// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/storage/support.hpp"

#include <cstdlib>
#include <utility>

namespace signpost::storage {

std::unique_ptr<spool> must_open(const spool_options& options) {
  auto opened = spool::open(options);
  if (!opened) {
    ADD_FAILURE() << to_string(opened.error());
    std::abort();
  }
  return std::move(*opened);
}

std::string body_of(const model::queue_id& id, std::size_t octets) {
  auto text = "Subject: " + id.to_string() + "\r\n\r\n";
  while (text.size() + 2 < octets) text += id.to_string();
  text.resize(std::max<std::size_t>(octets, 64) - 2);
  return text + "\r\n";
}

new_message make_message(spool& spool, const message_options& options) {
  const auto id = spool.next_id(start);
  auto body = std::make_shared<const message_body>(body_of(id, options.octets));
  new_message m;
  m.message = {.id = id,
               .accepted = start,
               .sender = options.sender,
               .helo = "mx.sender.example",
               .client_address = options.client,
               .own = options.client.empty(),
               .client_name = "mx.sender.example",
               .protocol = "ESMTPS",
               .tls = "TLSv1.3 TLS_AES_256_GCM_SHA384",
               .message_id = "<1@sender.example>",
               .size = body->size(),
               .recipients = static_cast<std::uint32_t>(options.recipients),
               .prefix = "Authentication-Results: mx.example; none\r\n"};
  m.body = std::move(body);
  for (std::uint32_t i = 0; i < options.recipients; ++i) {
    m.envelopes.push_back({.id = id,
                           .index = i,
                           .original = "user" + std::to_string(i) + "@zone.example",
                           .destination = "user" + std::to_string(i) + "@" + options.next_hop,
                           .zone = "zone.example",
                           .rule = "rule-1",
                           .next_hop = model::next_hop(options.next_hop),
                           .next_attempt = options.due,
                           .expires = start + std::chrono::hours(120)});
  }
  m.events.push_back({.at = start,
                      .kind = model::event_kind::received,
                      .id = id,
                      .zone = "zone.example",
                      .sender = options.sender});
  return m;
}

new_message accept(spool& spool, const message_options& options) {
  auto m = make_message(spool, options);
  change_set changes;
  changes.accept(m);
  const auto receipts = spool.commit(std::move(changes));
  EXPECT_TRUE(receipts.has_value()) << to_string(receipts.error());
  return m;
}

envelope_update settled(const model::envelope& before, model::outcome state) {
  envelope_update u{.before = before, .after = before, .events = {}};
  u.after.state = state;
  ++u.after.attempts;
  u.events.push_back({.at = start + seconds(1),
                      .kind = model::event_kind::delivered,
                      .id = before.id,
                      .zone = before.zone,
                      .recipient = before.original});
  return u;
}

envelope_update deferred(const model::envelope& before, wall_time next_attempt) {
  envelope_update u{.before = before, .after = before, .events = {}};
  u.after.state = model::outcome::deferred;
  ++u.after.attempts;
  u.after.next_attempt = next_attempt;
  u.after.last_reply = "451 4.7.1 later";
  return u;
}

result<void> commit(spool& spool, envelope_update update) {
  change_set changes;
  changes.update(std::move(update));
  SP_TRY(const auto receipts, spool.commit(std::move(changes)));
  EXPECT_TRUE(receipts.empty());
  return {};
}

std::vector<model::envelope> all_due(spool& spool, wall_time until) {
  std::vector<model::envelope> all;
  scan_position position;
  for (bool more = true; more;) {
    auto page = spool.scan_due(position, until, 100);
    if (!page) {
      ADD_FAILURE() << to_string(page.error());
      break;
    }
    all.insert(all.end(), page->envelopes.begin(), page->envelopes.end());
    position = page->next;
    more = page->more;
  }
  return all;
}

}  // namespace signpost::storage
