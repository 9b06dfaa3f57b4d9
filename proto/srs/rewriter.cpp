// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/srs/rewriter.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "base/assert.hpp"
#include "base/text.hpp"
#include "proto/address/domain.hpp"
#include "proto/address/local_part.hpp"
#include "proto/crypto/digest.hpp"
#include "proto/srs/timestamp.hpp"

namespace signpost::srs {
namespace {

constexpr std::string_view separators = "=-+";
constexpr std::string_view srs0_tag = "SRS0";
constexpr std::string_view srs1_tag = "SRS1";
constexpr std::size_t hash_length_least = 4;
// Base64 of 20 octets without its padding, which is a separator here.
constexpr std::size_t hash_length_most = 27;

// What follows tag and separator; nothing if `local` does not begin with both.
std::optional<std::string_view> behind_tag(std::string_view local, std::string_view tag) {
  if (local.size() <= tag.size() || !starts_with_ignoring_case(local, tag)
      || separators.find(local[tag.size()]) == std::string_view::npos) {
    return std::nullopt;
  }
  return local.substr(tag.size() + 1);
}

// Cuts `text` at `=` into N parts, the last with all that is left; nothing if there are fewer.
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

std::string hash_of(std::string_view secret, std::string_view signed_text) {
  return to_base64(crypto::hmac_sha1(secret, to_lower(signed_text)));
}

struct split_address {
  std::string local;  // unquoted
  std::string_view host;
};

result<split_address> split_at_sign(std::string_view text) {
  SP_TRY(auto read, address::read_local_part(text));
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

// The sender's domain as it goes into the local part: as written, since others hash and show it so,
// but in ASCII.
result<std::string> embeddable_host(std::string_view host) {
  if (is_ascii(host)) return std::string(host);
  SP_TRY(const auto parsed, address::domain::parse(host));
  return parsed.ascii();
}

}  // namespace

bool is_srs(std::string_view local) {
  return behind_tag(local, srs0_tag) || behind_tag(local, srs1_tag);
}

result<void> validate_secret(std::string_view secret) {
  if (secret.size() < secret_octets_min) {
    return fail(errc::limit_exceeded, "SRS secret shorter than 16 octets");
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
  const auto local = address::spell_local_part(rewritten_local(from.local, host, now));
  if (local.size() > options_.local_octets_max) {
    return fail(errc::limit_exceeded, "rewritten local part over the limit of octets");
  }
  return local + "@" + std::string(alias_domain);
}

std::string rewriter::rewritten_local(std::string_view local, std::string_view host,
                                      wall_time now) const {
  // An SRS1 address keeps the first forwarder and what it wrote: the chain never grows longer than
  // two. Its hash is another host's and not ours to check.
  if (const auto tail = behind_tag(local, srs1_tag)) {
    const auto parts = cut<3>(*tail);
    if (parts && !(*parts)[1].empty() && !(*parts)[2].empty()) {
      return srs1_local((*parts)[1], (*parts)[2]);
    }
  }
  // The separator of the first forwarder stays: its hash may depend on how it was written.
  if (behind_tag(local, srs0_tag)) return srs1_local(host, local.substr(srs0_tag.size()));

  const auto timestamp = make_timestamp(now);
  // As it was spelled, quotes and all, so that the way back needs no guess.
  const auto user = address::spell_local_part(local);
  const auto hash = hash_of(options_.secrets.front(), timestamp + std::string(host) + user);
  std::string out(srs0_tag);
  out += options_.separator;
  out += hash.substr(0, options_.hash_length) + "=" + timestamp + "=";
  return out.append(host) + "=" + user;
}

std::string rewriter::srs1_local(std::string_view first_host, std::string_view rest) const {
  const auto hash = hash_of(options_.secrets.front(), std::string(first_host).append(rest));
  std::string out(srs1_tag);
  out += options_.separator;
  out += hash.substr(0, options_.hash_length) + "=";
  return out.append(first_host).append("=").append(rest);
}

result<std::string> rewriter::forward_or_fallback(std::string_view sender,
                                                  std::string_view alias_domain,
                                                  wall_time now) const {
  auto rewritten = forward(sender, alias_domain, now);
  if (!rewritten && rewritten.error().code == errc::limit_exceeded) {
    return options_.fallback_local + "@" + std::string(alias_domain);
  }
  return rewritten;
}

result<std::string> rewriter::reverse(std::string_view address, wall_time now) const {
  SP_TRY(const auto to, split_at_sign(address));
  if (const auto tail = behind_tag(to.local, srs0_tag)) return reverse_srs0(*tail, now);
  if (const auto tail = behind_tag(to.local, srs1_tag)) return reverse_srs1(*tail);
  return fail(errc::malformed, "not an SRS address");
}

result<std::string> rewriter::reverse_srs0(std::string_view tail, wall_time now) const {
  const auto parts = cut<4>(tail);
  if (!parts) return fail(errc::malformed, "SRS0 address with too few parts");
  const auto [hash, timestamp, host, user] = *parts;
  if (host.empty() || user.empty()) return fail(errc::malformed, "SRS0 address with an empty part");
  SP_CHECK(verify(hash, std::string(timestamp).append(host).append(user)));
  const auto age = timestamp_age(timestamp, now);
  if (!age) return fail(errc::malformed, "SRS0 address with a wrong timestamp");
  if (*age > options_.max_age) return fail(errc::denied, "SRS address is too old");
  return std::string(user).append("@").append(host);
}

result<std::string> rewriter::reverse_srs1(std::string_view tail) const {
  const auto parts = cut<3>(tail);
  if (!parts) return fail(errc::malformed, "SRS1 address with too few parts");
  const auto [hash, host, rest] = *parts;
  if (host.empty() || rest.empty()) return fail(errc::malformed, "SRS1 address with an empty part");
  SP_CHECK(verify(hash, std::string(host).append(rest)));
  const auto local = std::string(srs0_tag).append(rest);
  return address::spell_local_part(local).append("@").append(host);
}

result<void> rewriter::verify(std::string_view hash, std::string_view signed_text) const {
  if (hash.size() < options_.hash_length_min || hash.size() > hash_length_most) {
    return fail(errc::denied, "SRS hash too short or too long");
  }
  const auto given = to_lower(hash);
  bool good = false;
  for (const auto& secret : options_.secrets) {
    const auto wanted = to_lower(hash_of(secret, signed_text).substr(0, hash.size()));
    if (crypto::constant_time_equal(given, wanted)) good = true;
  }
  if (!good) return fail(errc::denied, "SRS hash is wrong");
  return {};
}

}  // namespace signpost::srs
