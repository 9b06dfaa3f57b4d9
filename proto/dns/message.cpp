// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/dns/message.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

#include "base/text.hpp"

namespace signpost::dns {
namespace {

constexpr std::uint16_t type_soa = 6;
constexpr std::uint16_t class_in = 1;
constexpr unsigned rcode_nxdomain = 3;

/// Walks over a message; every step is checked against its end.
class reader {
 public:
  explicit reader(std::span<const std::byte> message, std::size_t at = 0)
      : message_(message), at_(at) {}

  [[nodiscard]] std::size_t position() const { return at_; }
  [[nodiscard]] std::span<const std::byte> message() const { return message_; }

  std::optional<std::uint8_t> octet() {
    if (at_ >= message_.size()) return std::nullopt;
    return std::to_integer<std::uint8_t>(message_[at_++]);
  }

  std::optional<std::uint16_t> number16() {
    if (message_.size() - at_ < 2) return std::nullopt;
    const auto high = std::to_integer<unsigned>(message_[at_]);
    const auto low = std::to_integer<unsigned>(message_[at_ + 1]);
    at_ += 2;
    return static_cast<std::uint16_t>(high << 8U | low);
  }

  std::optional<std::uint32_t> number32() {
    const auto high = number16();
    const auto low = number16();
    if (!high || !low) return std::nullopt;
    return std::uint32_t{*high} << 16U | *low;
  }

  std::optional<std::span<const std::byte>> octets(std::size_t count) {
    if (message_.size() - at_ < count) return std::nullopt;
    const auto found = message_.subspan(at_, count);
    at_ += count;
    return found;
  }

  /// A name in text, lower case; compression pointers are followed (RFC 1035 §4.1.4).
  std::optional<std::string> name();

 private:
  std::span<const std::byte> message_;
  std::size_t at_;
};

void append_escaped(std::string& text, char c) {
  if (c > ' ' && c < 0x7f && c != '.' && c != '\\') {
    text.push_back(ascii_lower(c));
    return;
  }
  const auto code = static_cast<unsigned char>(c);
  text.push_back('\\');
  text.push_back(static_cast<char>('0' + code / 100));
  text.push_back(static_cast<char>('0' + code / 10 % 10));
  text.push_back(static_cast<char>('0' + code % 10));
}

std::optional<std::string> reader::name() {
  std::string text;
  std::size_t wire_octets = 1;
  std::optional<std::size_t> continue_at;
  // Each pointer must lead to a place before this run of labels, which excludes circles.
  std::size_t run_start = at_;
  for (;;) {
    const auto length = octet();
    if (!length) return std::nullopt;
    if (*length == 0) break;
    if ((*length & 0xc0U) == 0xc0U) {
      const auto low = octet();
      if (!low) return std::nullopt;
      const std::size_t target = (*length & 0x3fU) << 8U | *low;
      if (target >= run_start) return std::nullopt;
      if (!continue_at) continue_at = at_;
      run_start = at_ = target;
      continue;
    }
    if ((*length & 0xc0U) != 0) return std::nullopt;
    const auto label = octets(*length);
    wire_octets += *length + 1U;
    if (!label || wire_octets > name_octets_max) return std::nullopt;
    if (!text.empty()) text.push_back('.');
    for (const char c : as_text(*label)) append_escaped(text, c);
  }
  if (continue_at) at_ = *continue_at;
  return text;
}

struct resource_record {
  std::string owner;
  std::uint16_t type = 0;
  std::uint16_t klass = 0;
  std::uint32_t ttl = 0;
  std::size_t data_at = 0;
  std::span<const std::byte> data;
};

std::optional<resource_record> read_record(reader& in) {
  auto owner = in.name();
  if (!owner) return std::nullopt;
  const auto type = in.number16();
  const auto klass = in.number16();
  const auto ttl = in.number32();
  const auto size = in.number16();
  if (!type || !klass || !ttl || !size) return std::nullopt;
  const std::size_t data_at = in.position();
  const auto data = in.octets(*size);
  if (!data) return std::nullopt;
  // RFC 2181 §8: a TTL with the most significant bit set counts as zero.
  const std::uint32_t kept_ttl = (*ttl & 0x80000000U) != 0 ? 0 : *ttl;
  return resource_record{std::move(*owner), *type, *klass, kept_ttl, data_at, *data};
}

/// A name inside RDATA; it must end where the data ends.
std::optional<std::string> read_data_name(std::span<const std::byte> message,
                                          const resource_record& from, std::size_t skip) {
  reader in(message, from.data_at + skip);
  auto name = in.name();
  if (!name || in.position() != from.data_at + from.data.size()) return std::nullopt;
  return name;
}

std::optional<record> read_address(const resource_record& from, std::size_t octets) {
  if (from.data.size() != octets) return std::nullopt;
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(from.data.data());
  // An AAAA record of an IPv4-mapped address reads as IPv4, which is what a socket would do with
  // it.
  const auto address = ip_address::from_bytes({bytes, octets});
  if (!address) return std::nullopt;
  return record{.address = *address};
}

std::optional<record> read_mx(std::span<const std::byte> message, const resource_record& from) {
  reader in(from.data);
  const auto preference = in.number16();
  if (!preference) return std::nullopt;
  auto name = read_data_name(message, from, 2);
  if (!name) return std::nullopt;
  return record{.preference = *preference, .name = std::move(*name)};
}

std::optional<record> read_txt(const resource_record& from) {
  reader in(from.data);
  record made;
  while (in.position() < from.data.size()) {
    const auto length = in.octet();
    const auto text = in.octets(*length);
    if (!text) return std::nullopt;
    made.text.append(as_text(*text));
  }
  return made;
}

std::optional<record> read_data(std::span<const std::byte> message, const resource_record& from) {
  switch (static_cast<record_type>(from.type)) {
    case record_type::a:
      return read_address(from, 4);
    case record_type::aaaa:
      return read_address(from, 16);
    case record_type::mx:
      return read_mx(message, from);
    case record_type::txt:
      return read_txt(from);
    case record_type::cname:
    case record_type::ptr: {
      auto name = read_data_name(message, from, 0);
      if (!name) return std::nullopt;
      return record{.name = std::move(*name)};
    }
    case record_type::tlsa:
      break;
  }
  return record{.rdata = std::string(as_text(from.data))};
}

struct header {
  unsigned rcode = 0;
  std::uint16_t questions = 0;
  std::uint16_t answers = 0;
  std::uint16_t authorities = 0;
};

std::optional<header> read_header(reader& in) {
  const auto id = in.number16();
  const auto flags = in.number16();
  const auto questions = in.number16();
  const auto answers = in.number16();
  const auto authorities = in.number16();
  const auto additionals = in.number16();
  if (!id || !flags || !questions || !answers || !authorities || !additionals) return std::nullopt;
  const bool is_response = (*flags & 0x8000U) != 0;
  if (!is_response) return std::nullopt;
  return header{*flags & 0x000fU, *questions, *answers, *authorities};
}

bool skip_questions(reader& in, unsigned count) {
  for (; count > 0; --count) {
    if (!in.name() || !in.number32()) return false;
  }
  return true;
}

std::optional<std::vector<resource_record>> read_section(reader& in, unsigned count) {
  std::vector<resource_record> found;
  for (; count > 0; --count) {
    auto one = read_record(in);
    if (!one) return std::nullopt;
    if (one->klass == class_in) found.push_back(std::move(*one));
  }
  return found;
}

/// RFC 2308 §5: "the minimum of the MINIMUM field of the SOA record and the TTL of the SOA itself".
std::optional<std::uint32_t> negative_ttl(std::span<const std::byte> message,
                                          const std::vector<resource_record>& authorities) {
  for (const auto& one : authorities) {
    if (one.type != type_soa) continue;
    reader in(message, one.data_at);
    if (!in.name() || !in.name() || !in.octets(16)) return std::nullopt;
    const auto minimum = in.number32();
    if (!minimum) return std::nullopt;
    return std::min(*minimum, one.ttl);
  }
  return 0;
}

std::string_view rcode_text(unsigned rcode) {
  switch (rcode) {
    case 1:
      return "FORMERR";
    case 2:
      return "SERVFAIL";
    case 4:
      return "NOTIMP";
    case 5:
      return "REFUSED";
    default:
      return "an error";
  }
}

/// The name at the end of the aliases of `name`; lowers `ttl` to the smallest on the way.
result<std::string> follow_aliases(std::span<const std::byte> message,
                                   const std::vector<resource_record>& answers, std::string name,
                                   std::uint32_t& ttl) {
  for (std::size_t hop = 0; hop <= cname_hops_max; ++hop) {
    const auto alias = std::ranges::find_if(answers, [&](const resource_record& one) {
      return one.type == static_cast<std::uint16_t>(record_type::cname) && one.owner == name;
    });
    if (alias == answers.end()) return name;
    auto target = read_data_name(message, *alias, 0);
    if (!target) return fail(errc::malformed, "bad CNAME");
    ttl = std::min(ttl, alias->ttl);
    name = std::move(*target);
  }
  return fail(errc::limit_exceeded, "cname_hops_max");
}

std::string question_name(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  return to_lower(name);
}

}  // namespace

result<answer> parse_response(const question& q, std::span<const std::byte> message) {
  reader in(message);
  const auto head = read_header(in);
  if (!head || !skip_questions(in, head->questions)) return fail(errc::malformed, "bad header");
  const auto answers = read_section(in, head->answers);
  const auto authorities = answers ? read_section(in, head->authorities) : std::nullopt;
  if (!answers || !authorities) return fail(errc::malformed, "bad record");

  answer made;
  std::uint32_t ttl = UINT32_MAX;
  std::string wanted = question_name(q.name);
  if (q.type != record_type::cname) {
    SP_TRY(std::string end, follow_aliases(message, *answers, wanted, ttl));
    if (end != wanted) made.canonical_name = wanted = std::move(end);
  }
  for (const auto& one : *answers) {
    if (one.type != static_cast<std::uint16_t>(q.type) || one.owner != wanted) continue;
    auto read = read_data(message, one);
    if (!read) return fail(errc::malformed, "bad " + std::string(to_string(q.type)) + " record");
    ttl = std::min(ttl, one.ttl);
    made.records.push_back(std::move(*read));
  }
  if (head->rcode != 0 && head->rcode != rcode_nxdomain) {
    return answer{.status = status::servfail,
                  .reason = "the name server answered " + std::string(rcode_text(head->rcode))};
  }
  if (made.records.empty()) {
    const auto negative = negative_ttl(message, *authorities);
    if (!negative) return fail(errc::malformed, "bad SOA record");
    ttl = std::min(ttl, *negative);
  }
  made.status = !made.records.empty()           ? status::records
                : head->rcode == rcode_nxdomain ? status::nxdomain
                                                : status::nodata;
  made.ttl = std::chrono::seconds(ttl);
  return made;
}

}  // namespace signpost::dns
