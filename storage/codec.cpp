// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "storage/codec.hpp"

#include <algorithm>
#include <utility>

namespace signpost::storage {
namespace {

constexpr unsigned major_version = 1;
constexpr unsigned minor_version = 0;
constexpr char version_octet = static_cast<char>(major_version << 4 | minor_version);

/// Pairs of an event; more are not written, and more than that in a stored event is corruption.
constexpr std::uint64_t details_max = 256;

constexpr std::uint64_t zigzag(std::int64_t v) {
  return static_cast<std::uint64_t>(v) << 1 ^ static_cast<std::uint64_t>(v >> 63);
}
constexpr std::int64_t unzigzag(std::uint64_t v) {
  return static_cast<std::int64_t>(v >> 1) ^ -static_cast<std::int64_t>(v & 1);
}

class writer {
 public:
  explicit writer(std::size_t expected) {
    out_.reserve(expected);
    out_ += version_octet;
  }
  writer& octet(std::uint8_t v) {
    out_ += static_cast<char>(v);
    return *this;
  }
  writer& number(std::uint64_t v) {
    while (v >= 0x80) {
      out_ += static_cast<char>(v | 0x80);
      v >>= 7;
    }
    out_ += static_cast<char>(v);
    return *this;
  }
  writer& time(wall_time t) { return number(zigzag(t.time_since_epoch().count())); }
  writer& text(std::string_view t) {
    number(t.size());
    out_ += t;
    return *this;
  }
  std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

/// Reads what `writer` wrote. After the first thing that is wrong everything reads as zero and
/// `finish` fails.
class reader {
 public:
  explicit reader(std::string_view value) : rest_(value) {
    const auto version = octet();
    newer_ = (version & 0x0F) > minor_version;
    if (version >> 4 != major_version) good_ = false;
  }
  std::uint8_t octet() {
    if (!good_ || rest_.empty()) {
      good_ = false;
      return 0;
    }
    const auto v = static_cast<std::uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return v;
  }
  std::uint64_t number() {
    std::uint64_t v = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const auto next = octet();
      // The tenth octet has room for one bit.
      if (shift == 63 && next > 1) break;
      v |= static_cast<std::uint64_t>(next & 0x7F) << shift;
      if (next < 0x80) return good_ ? v : 0;
    }
    good_ = false;
    return 0;
  }
  std::uint32_t small_number() {
    const auto v = number();
    if (v > UINT32_MAX) good_ = false;
    return good_ ? static_cast<std::uint32_t>(v) : 0;
  }
  wall_time time() { return wall_time{milliseconds{unzigzag(number())}}; }
  std::string text() {
    const auto size = number();
    if (!good_ || size > rest_.size()) {
      good_ = false;
      return {};
    }
    std::string t(rest_.substr(0, size));
    rest_.remove_prefix(size);
    return t;
  }
  /// An enumerator from 0 to `last`.
  template <typename Enum>
  Enum choice(Enum last) {
    const auto v = octet();
    if (v > static_cast<std::uint8_t>(last)) good_ = false;
    return good_ ? static_cast<Enum>(v) : Enum{};
  }
  void refuse() { good_ = false; }
  [[nodiscard]] bool good() const { return good_; }

  /// True if all was well and nothing is left over, except what a newer minor version added.
  [[nodiscard]] bool finish() const { return good_ && (rest_.empty() || newer_); }

 private:
  std::string_view rest_;
  bool good_ = true;
  bool newer_ = false;
};

constexpr std::uint64_t flag_eight_bit = 1;
constexpr std::uint64_t flag_smtputf8 = 2;
constexpr std::uint64_t flag_may_bounce = 4;

}  // namespace

std::string encode(const model::message_record& m) {
  writer w(96 + m.sender.size() + m.helo.size() + m.message_id.size() + m.prefix.size());
  w.time(m.accepted).text(m.sender).text(m.helo).text(m.client_address).text(m.client_name);
  w.text(m.protocol).text(m.tls).text(m.message_id);
  w.number((m.eight_bit ? flag_eight_bit : 0) | (m.smtputf8 ? flag_smtputf8 : 0)
           | (m.may_bounce ? flag_may_bounce : 0));
  w.number(m.size).number(m.recipients).text(m.prefix);
  return w.take();
}

result<model::message_record> decode_message(const model::queue_id& id, std::string_view value) {
  reader r(value);
  model::message_record m;
  m.id = id;
  m.accepted = r.time();
  m.sender = r.text();
  m.helo = r.text();
  m.client_address = r.text();
  m.client_name = r.text();
  m.protocol = r.text();
  m.tls = r.text();
  m.message_id = r.text();
  const auto flags = r.number();
  m.eight_bit = (flags & flag_eight_bit) != 0;
  m.smtputf8 = (flags & flag_smtputf8) != 0;
  m.may_bounce = (flags & flag_may_bounce) != 0;
  m.size = r.number();
  m.recipients = r.small_number();
  m.prefix = r.text();
  if (!r.finish()) return fail(errc::corrupt, "message record " + id.to_string());
  return m;
}

std::string encode(const model::envelope& e) {
  writer w(64 + e.original.size() + e.destination.size() + e.zone.size() + e.rule.size()
           + e.next_hop.size() + e.last_reply.size() + e.last_host.size());
  // The state stands first, where peek_state() finds it.
  w.octet(static_cast<std::uint8_t>(e.state));
  w.text(e.original).text(e.destination).text(e.zone).text(e.rule).text(e.next_hop);
  w.number(e.attempts).time(e.next_attempt).time(e.expires).octet(e.delay_notified ? 1 : 0);
  w.text(e.last_reply).text(e.last_host);
  return w.take();
}

result<model::envelope> decode_envelope(const model::queue_id& id, std::uint32_t index,
                                        std::string_view value) {
  reader r(value);
  model::envelope e;
  e.id = id;
  e.index = index;
  e.state = r.choice(model::outcome::removed);
  e.original = r.text();
  e.destination = r.text();
  e.zone = r.text();
  e.rule = r.text();
  e.next_hop = r.text();
  e.attempts = r.small_number();
  e.next_attempt = r.time();
  e.expires = r.time();
  e.delay_notified = r.octet() != 0;
  e.last_reply = r.text();
  e.last_host = r.text();
  if (!r.finish()) return fail(errc::corrupt, "envelope of " + id.to_string());
  return e;
}

std::optional<model::outcome> peek_state(std::string_view value) {
  reader r(value);
  const auto state = r.choice(model::outcome::removed);
  if (!r.good()) return std::nullopt;
  return state;
}

std::string encode(const model::activity_event& e) {
  writer w(96 + e.zone.size() + e.sender.size() + e.recipient.size() + e.destination.size()
           + e.host.size() + e.reply.size());
  w.octet(static_cast<std::uint8_t>(e.kind)).time(e.at);
  w.text(e.id == model::queue_id{} ? std::string_view{} : e.id.octets());
  w.text(e.zone).text(e.sender).text(e.recipient).text(e.destination).text(e.host).text(e.tls);
  w.text(e.reply).number(e.attempt).number(e.size);
  const auto details = std::min<std::uint64_t>(e.details.size(), details_max);
  w.number(details);
  for (std::size_t i = 0; i < details; ++i) w.text(e.details[i].first).text(e.details[i].second);
  return w.take();
}

result<model::activity_event> decode_event(std::string_view value) {
  reader r(value);
  model::activity_event e;
  e.kind = r.choice(model::event_kind::retried);
  e.at = r.time();
  if (const auto id = r.text(); !id.empty()) {
    if (const auto parsed = model::queue_id::from_octets(id)) {
      e.id = *parsed;
    } else {
      r.refuse();
    }
  }
  e.zone = r.text();
  e.sender = r.text();
  e.recipient = r.text();
  e.destination = r.text();
  e.host = r.text();
  e.tls = r.text();
  e.reply = r.text();
  e.attempt = r.small_number();
  e.size = r.number();
  const auto details = r.number();
  if (details > details_max) r.refuse();
  for (std::uint64_t i = 0; i < details && r.good(); ++i) {
    auto name = r.text();
    e.details.emplace_back(std::move(name), r.text());
  }
  if (!r.finish()) return fail(errc::corrupt, "activity event");
  return e;
}

}  // namespace signpost::storage
