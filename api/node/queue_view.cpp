// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "api/node/queue_view.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "proto/imf/message_view.hpp"

namespace signpost::api {
namespace {

/// Octets of a position in the queue that may be handed to storage.
constexpr std::size_t cursor_octets_max = 64;

std::string to_cursor(const std::string& place) {
  return place.empty() ? "" : to_hex(as_bytes(place));
}

std::optional<unsigned> hex_digit(char c) {
  if (is_digit(c)) return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a') + 10;
  return std::nullopt;
}

result<std::string> from_cursor(const std::string& cursor) {
  if (cursor.size() % 2 != 0 || cursor.size() > 2 * cursor_octets_max) {
    return fail(errc::malformed, "cursor");
  }
  std::string place;
  for (std::size_t i = 0; i < cursor.size(); i += 2) {
    const auto high = hex_digit(cursor[i]);
    const auto low = hex_digit(cursor[i + 1]);
    if (!high || !low) return fail(errc::malformed, "cursor");
    place += static_cast<char>(*high * 16 + *low);
  }
  return place;
}

/// One whose record cannot be read: its id contains the time of receipt.
model::message_record unknown_message(const model::queue_id& id) {
  model::message_record m;
  m.id = id;
  m.accepted = id.accepted();
  return m;
}

// Of one that is due and waits for its turn (its destination is busy, or left alone) nobody can say
// more than that it may be tried from now on.
model::envelope not_in_the_past(model::envelope e, wall_time now) {
  if (!model::is_final(e.state)) e.next_attempt = std::max(e.next_attempt, now);
  return e;
}

// Recipients of one message are adjacent, so its record is read once. A message that has left the
// queue since the page was read is omitted.
json with_messages(storage::spool& spool, const std::vector<model::envelope>& envelopes,
                   wall_time now) {
  auto rows = json::array();
  std::optional<model::message_record> message;
  bool unreadable = false;
  for (const auto& envelope : envelopes) {
    if (!message || message->id != envelope.id) {
      auto read = spool.message(envelope.id);
      if (!read && read.error().code == errc::not_found) continue;
      message = read ? std::move(*read) : unknown_message(envelope.id);
      unreadable = !read;
    }
    auto row = to_json(not_in_the_past(envelope, now));
    row["sender"] = message->sender;
    row["size"] = message->size;
    row["accepted"] = to_rfc3339(message->accepted);
    if (unreadable) row["unreadable"] = true;
    rows.push_back(std::move(row));
  }
  return rows;
}

template <typename T>
json array_of(const std::vector<T>& values) {
  auto out = json::array();
  for (const auto& value : values) out.push_back(to_json(value));
  return out;
}

// Empty instead of errc::not_found.
template <typename T>
result<T> or_nothing(result<T> read) {
  if (!read && read.error().code == errc::not_found) return T();
  return read;
}

template <typename T>
void keep_own(std::vector<T>& values, const model::zone_scope& owner) {
  std::erase_if(values, [&](const T& v) { return !owner.has(v); });
}

}  // namespace

result<queue_rows> read_queue(storage::spool& spool, const storage::queue_filter& filter,
                              const std::string& cursor, std::size_t max, wall_time now) {
  SP_TRY(const auto from, from_cursor(cursor));
  SP_TRY(const auto page, spool.list(filter, from, max));
  return queue_rows{.rows = with_messages(spool, page.envelopes, now),
                    .cursor = to_cursor(page.next)};
}

result<model::outcome> outcome_of(std::string_view word) {
  using enum model::outcome;
  constexpr std::array all{queued,  deferred, delivered, bounced,
                           dropped, rejected, expired,   removed};
  const auto* const it = std::ranges::find(all, word, [](auto o) { return model::to_string(o); });
  if (it != all.end()) return *it;
  return fail(errc::malformed,
              "must be queued, deferred, delivered, bounced, dropped, rejected, expired or "
              "removed");
}

result<json> read_message(storage::spool& spool, const model::queue_id& id, wall_time now,
                          const std::optional<model::zone_scope>& owner) {
  auto message = spool.message(id);
  const bool unreadable = !message && message.error().code != errc::not_found;
  SP_TRY(auto envelopes, or_nothing(spool.envelopes(id)));
  SP_TRY(auto events, spool.timeline(id));
  if (owner) {
    keep_own(envelopes, *owner);
    keep_own(events, *owner);
    if (envelopes.empty() && events.empty()) return fail(errc::not_found, id.to_string());
    // How many others got it is not disclosed.
    if (message) message->recipients = static_cast<std::uint32_t>(envelopes.size());
  }
  if (!message && envelopes.empty() && events.empty()) return fail(errc::not_found, id.to_string());
  for (auto& e : envelopes) e = not_in_the_past(std::move(e), now);
  json shown{{"queue_id", id.to_string()},
             {"queued", message.has_value() || !envelopes.empty()},
             {"message", message ? to_json(*message) : json(nullptr)},
             {"envelopes", array_of(envelopes)},
             {"events", array_of(events)}};
  if (unreadable) shown["unreadable"] = true;
  return shown;
}

result<net::http_response> read_content(storage::spool& spool, const model::queue_id& id,
                                        memory_budget& budget, bool headers_only) {
  SP_TRY(const auto body, spool.body(id, budget));
  const auto octets = body->octets();
  const auto shown = headers_only ? imf::message_view(octets).header_section() : octets;
  return net::http_response{
      .status = 200,
      .body = std::string(shown),
      .content_type = headers_only ? "text/rfc822-headers" : "message/rfc822",
      .headers = {{"Cache-Control", "no-store"}, {"X-Content-Type-Options", "nosniff"}}};
}

}  // namespace signpost::api
