// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/srs/rewriter.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <span>
#include <utility>

#include "base/assert.hpp"
#include "base/text.hpp"
#include "proto/address/domain.hpp"
#include "proto/address/local_part.hpp"
#include "proto/crypto/digest.hpp"
#include "proto/srs/hash.hpp"
#include "proto/srs/timestamp.hpp"

namespace signpost::srs {
namespace {

constexpr std::string_view separators = "=-+";
constexpr std::string_view srs0_tag = "SRS0";
constexpr std::string_view srs1_tag = "SRS1";
// In place of the host: the domain behind the sign, which may be too long to stand there twice.
constexpr std::string_view alias_itself = "-";
constexpr std::string_view fallback_user = "postmaster";

// What follows tag and separator; nothing if `local` does not begin with both.
std::optional<std::string_view> behind_tag(std::string_view local, std::string_view tag) {
  if (local.size() <= tag.size() || !starts_with_ignoring_case(local, tag)
      || separators.find(local[tag.size()]) == std::string_view::npos) {
    return std::nullopt;
  }
  return local.substr(tag.size() + 1);
}

// Cuts `text` at `=` into N parts, the last with all the rest; nothing if there are fewer.
template <std::size_t N>
std::optional<std::array<std::string_view, N>> cut(std::string_view text) {
  std::array<std::string_view, N> parts;
  for (std::size_t i = 0; i + 1 < N; ++i) {
    const auto end = text.find('=');
    if (end == std::string_view::npos) return std::nullopt;
    parts[i] = text.substr(0, end);
    text.remove_prefix(end + 1);
  }
  parts[N - 1] = text;
  return parts;
}

// `SRS0=HHHH=TT=host=user` as another host may have made it, which is free to choose HHHH and TT.
bool is_foreign_srs0(std::string_view local) {
  const auto tail = behind_tag(local, srs0_tag);
  const auto parts = tail ? cut<4>(*tail) : std::nullopt;
  return parts && std::ranges::none_of(*parts, &std::string_view::empty);
}

bool begins_with_separator(std::string_view text) {
  return !text.empty() && separators.find(text.front()) != std::string_view::npos;
}

// The other tag with its letters in the same case, so that `srs0=` of the first host is the same
// again when it comes back.
std::string tag_like(std::string_view local, char digit) {
  return std::string(local.substr(0, srs0_tag.size() - 1)) + digit;
}

struct split_address {
  std::string local;  // unquoted
  std::string_view host;
};

result<split_address> split_at_sign(std::string_view text) {
  SP_TRY(auto read, address::read_local_part(text, address::dots::anywhere));
  const auto host = text.substr(read.octets + 1);
  if (host.empty()) return fail(errc::malformed, "no domain in the address");
  return split_address{std::move(read.local), host};
}

bool same_domain(std::string_view a, std::string_view b) {
  if (equals_ignoring_case(a, b)) return true;
  if (is_ascii(a) && is_ascii(b)) return false;
  const auto left = address::domain::parse(a);
  const auto right = address::domain::parse(b);
  return left && right && *left == *right;
}

// The sender's domain for the local part: as written, since others hash and show it that way, but
// in ASCII.
result<std::string> embeddable_host(std::string_view host) {
  if (is_ascii(host)) return std::string(host);
  SP_TRY(const auto parsed, address::domain::parse(host));
  return parsed.ascii();
}

// What the hash of an address is made from. No part can contain a line end, and so none can run
// into the next; the domain behind the sign is one of them: an address is good there alone.
std::string bound(std::string_view tag, std::initializer_list<std::string_view> parts) {
  std::string out(tag);
  for (const auto part : parts) out.append("\n").append(part);
  return out;
}

}  // namespace

bool is_srs(std::string_view local) {
  if (const auto tail = behind_tag(local, srs0_tag)) {
    const auto parts = cut<4>(*tail);
    return parts && has_hash_form((*parts)[0]) && is_timestamp((*parts)[1]) && !(*parts)[2].empty()
           && !(*parts)[3].empty();
  }
  const auto tail = behind_tag(local, srs1_tag);
  const auto parts = tail ? cut<3>(*tail) : std::nullopt;
  return parts && has_hash_form((*parts)[0]) && !(*parts)[1].empty()
         && begins_with_separator((*parts)[2]) && (*parts)[2].size() > 1;
}

result<void> validate_secret(std::string_view secret) {
  if (secret.size() < secret_octets_min) {
    return fail(errc::limit_exceeded, "SRS secret shorter than 16 octets");
  }
  // Zeros where a disk lost a sector would be a secret that everyone knows.
  const auto is_text = [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7F; };
  if (!std::ranges::all_of(secret, is_text)) {
    return fail(errc::malformed, "the SRS secret is not text: the file is damaged");
  }
  return {};
}

rewriter::rewriter(options o) : options_(std::move(o)) {
  const auto is_hash_length = [](std::size_t n) {
    return n >= hash_length_least && n <= hash_length_most;
  };
  SP_ASSERT(!options_.secrets.empty());
  SP_ASSERT(std::ranges::none_of(options_.secrets, &std::string::empty));
  SP_ASSERT(separators.find(options_.separator) != std::string_view::npos);
  if (options_.hash_length_min == 0) options_.hash_length_min = options_.hash_length;
  SP_ASSERT(is_hash_length(options_.hash_length) && is_hash_length(options_.hash_length_min));
  SP_ASSERT(options_.hash_length_min <= options_.hash_length);
  SP_ASSERT(options_.max_age < timestamp_period - std::chrono::days(1));
}

result<std::string> rewriter::forward(std::string_view sender, std::string_view alias_domain,
                                      wall_time now) const {
  if (sender.empty()) return std::string();
  SP_TRY(const auto from, split_at_sign(sender));
  if (same_domain(from.host, alias_domain)) return std::string(sender);
  SP_TRY(const auto host, embeddable_host(from.host));
  SP_TRY(const auto alias, embeddable_host(alias_domain));
  const auto local = address::spell_local_part(rewritten_local(from.local, host, alias, now));
  if (local.size() > options_.local_octets_max) {
    return fail(errc::limit_exceeded, "the rewritten local part is too long");
  }
  return local + "@" + std::string(alias_domain);
}

std::string rewriter::rewritten_local(std::string_view local, std::string_view host,
                                      std::string_view alias, wall_time now) const {
  // An SRS1 address keeps the first forwarder and what it wrote: the chain never grows longer than
  // two. Its hash is another host's, and we cannot check it.
  if (const auto tail = behind_tag(local, srs1_tag)) {
    const auto parts = cut<3>(*tail);
    if (parts && !(*parts)[1].empty() && begins_with_separator((*parts)[2])) {
      return srs1_local(tag_like(local, '1'), (*parts)[1], (*parts)[2], alias);
    }
  }
  // The separator of the first forwarder stays: its hash may depend on how it was written. A sender
  // that only begins like an SRS address is treated like any other, whose way back expires.
  if (is_foreign_srs0(local)) {
    return srs1_local(tag_like(local, '1'), host, local.substr(srs0_tag.size()), alias);
  }
  // As it was spelled, quotes and all, so that the way back needs no guess.
  const auto user = address::spell_local_part(local, address::dots::anywhere);
  return srs0_local(make_timestamp(now), host, user, alias);
}

std::string rewriter::srs0_local(std::string_view timestamp, std::string_view host,
                                 std::string_view user, std::string_view alias) const {
  const auto real_host = host == alias_itself ? alias : host;
  std::string out(srs0_tag);
  out += options_.separator;
  out += signature(bound(srs0_tag, {timestamp, host, user, alias}),
                   std::string(timestamp).append(real_host).append(user));
  return out.append("=").append(timestamp).append("=").append(host).append("=").append(user);
}

std::string rewriter::srs1_local(std::string_view tag, std::string_view first_host,
                                 std::string_view rest, std::string_view alias) const {
  std::string out(tag);
  out += options_.separator;
  out += signature(bound(srs1_tag, {first_host, rest, alias}),
                   std::string(first_host).append(rest));
  return out.append("=").append(first_host).append("=").append(rest);
}

std::string rewriter::signature(std::string_view bound_text, std::string_view unbound_text) const {
  const auto length = options_.hash_length;
  if (length >= strong_hash_length) {
    return in_base32(hash_of(options_.secrets.front(), bound_text), length);
  }
  return in_base64(hash_of(options_.secrets.front(), unbound_text), length);
}

result<std::string> rewriter::forward_or_fallback(std::string_view sender,
                                                  std::string_view alias_domain,
                                                  wall_time now) const {
  auto rewritten = forward(sender, alias_domain, now);
  if (!rewritten && rewritten.error().code == errc::limit_exceeded) {
    SP_TRY(const auto alias, embeddable_host(alias_domain));
    return srs0_local(make_timestamp(now), alias_itself, fallback_user, alias) + "@"
           + std::string(alias_domain);
  }
  return rewritten;
}

result<std::string> rewriter::reverse(std::string_view address, wall_time now) const {
  SP_TRY(auto c, read(address, now));
  if (!is_signed(c)) return fail(errc::denied, "the SRS hash is wrong");
  return std::move(c.address);
}

result<std::string> rewriter::claimed(std::string_view address, wall_time now) const {
  SP_TRY(auto c, read(address, now));
  return std::move(c.address);
}

result<rewriter::claim> rewriter::read(std::string_view address, wall_time now) const {
  SP_TRY(const auto to, split_at_sign(address));
  SP_TRY(const auto alias, embeddable_host(to.host));
  if (behind_tag(to.local, srs0_tag)) return read_srs0(to.local, to.host, alias, now);
  if (behind_tag(to.local, srs1_tag)) return read_srs1(to.local, alias, now);
  return fail(errc::malformed, "not an SRS address");
}

result<rewriter::claim> rewriter::read_srs0(std::string_view local, std::string_view written_alias,
                                            std::string_view alias, wall_time now) const {
  const auto parts = cut<4>(*behind_tag(local, srs0_tag));
  if (!parts) return fail(errc::malformed, "SRS0 address with too few parts");
  const auto [hash, timestamp, written_host, user] = *parts;
  const auto host = written_host == alias_itself ? written_alias : written_host;
  if (host.empty() || user.empty()) return fail(errc::malformed, "SRS0 address with an empty part");
  const auto age = timestamp_age(timestamp, now);
  if (!age) return fail(errc::malformed, "SRS0 address with an invalid timestamp");
  if (*age > options_.max_age) return fail(errc::denied, "SRS address is too old");
  return long_enough({.hash = std::string(hash),
                      .bound_text = bound(srs0_tag, {timestamp, written_host, user, alias}),
                      .unbound_text = std::string(timestamp).append(host).append(user),
                      .may_be_unbound = true,
                      .address = std::string(user).append("@").append(host)},
                     now - *age);
}

// It does not contain its age: assume the greatest age of an SRS0 address.
result<rewriter::claim> rewriter::read_srs1(std::string_view local, std::string_view alias,
                                            wall_time now) const {
  const auto parts = cut<3>(*behind_tag(local, srs1_tag));
  if (!parts) return fail(errc::malformed, "SRS1 address with too few parts");
  const auto [hash, host, rest] = *parts;
  if (host.empty() || rest.empty()) return fail(errc::malformed, "SRS1 address with an empty part");
  if (!begins_with_separator(rest)) return fail(errc::malformed, "SRS1 address without SRS0");
  // The age that the first host wrote into it, as most do: what is older does not come back there.
  const auto first_parts = cut<4>(rest.substr(1));
  const auto age = first_parts ? timestamp_age((*first_parts)[1], now) : std::nullopt;
  const auto first = tag_like(local, '0').append(rest);
  return long_enough({.hash = std::string(hash),
                      .bound_text = bound(srs1_tag, {host, rest, alias}),
                      .unbound_text = std::string(host).append(rest),
                      .may_be_unbound = age && *age <= options_.max_age,
                      .address = address::spell_local_part(first).append("@").append(host)},
                     now - options_.max_age);
}

result<rewriter::claim> rewriter::long_enough(claim c, wall_time made) const {
  const bool short_too = options_.short_hashes_until && made < *options_.short_hashes_until;
  c.base64_length_min = short_too ? hash_length_least : options_.hash_length_min;
  const auto least = std::min(c.base64_length_min, options_.hash_length_min);
  if (c.hash.size() < least || c.hash.size() > hash_length_most) {
    return fail(errc::denied, "SRS hash too short or too long");
  }
  return c;
}

bool rewriter::is_signed(const claim& c) const {
  const auto length = c.hash.size();
  // Base64 is only read where few characters are enough; for longer hashes we write base32.
  const bool base64 = c.base64_length_min < strong_hash_length && length >= c.base64_length_min;
  const bool base32 = length >= std::max(options_.hash_length_min, strong_hash_length);
  const auto given = to_lower(c.hash);
  bool good = false;
  for (const auto& secret : options_.secrets) {
    const auto equal = [&](const std::string& wanted) {
      return crypto::constant_time_equal(given, to_lower(wanted));
    };
    const auto unbound = hash_of(secret, c.unbound_text);
    if (base32 && equal(in_base32(hash_of(secret, c.bound_text), length))) good = true;
    if (base32 && c.may_be_unbound && equal(in_base32(unbound, length))) good = true;
    if (base64 && equal(in_base64(unbound, length))) good = true;
  }
  return good;
}

}  // namespace signpost::srs
