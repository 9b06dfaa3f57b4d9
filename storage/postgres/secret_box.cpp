// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "storage/postgres/secret_box.hpp"

#include <algorithm>
#include <span>

#include "base/secret_file.hpp"
#include "base/text.hpp"
#include "proto/crypto/aead.hpp"
#include "proto/crypto/digest.hpp"
#include "storage/format/key_numbers.hpp"

namespace signpost::storage::postgres {
namespace {

constexpr std::size_t key_name_octets = 8;
constexpr std::size_t file_octets_max = 4096;

/// The digits as octets, or nothing.
std::optional<std::string> from_hex(std::string_view digits) {
  if (digits.size() != 2 * crypto::aead_key_octets) return std::nullopt;
  std::string out;
  unsigned octet = 0;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    const char c = to_lower(digits.substr(i, 1)).front();
    if (!is_digit(c) && (c < 'a' || c > 'f')) return std::nullopt;
    octet = octet << 4 | static_cast<unsigned>(c >= 'a' ? c - 'a' + 10 : c - '0');
    if (i % 2 == 1) out += static_cast<char>(octet & 0xFFU);
  }
  return out;
}

// Lengths first, so that no two places are the same text.
std::string bound_to(const secret_place& place) {
  std::string text;
  schema::append_be64(text, place.table.size());
  text += place.table;
  schema::append_be64(text, place.row.size());
  text += place.row;
  schema::append_be64(text, place.version);
  return text;
}

std::string name_of(const std::string& key) {
  const auto mac = crypto::hmac_sha256(key, "the name of this key");
  return std::string(as_text(mac).substr(0, key_name_octets));
}

}  // namespace

result<secret_box> secret_box::load(const std::string& path) {
  SP_TRY(const auto text, read_secret_file(path, file_octets_max));
  auto box = parse(text);
  if (!box) return fail(box.error().code, path + ": " + box.error().context);
  return box;
}

result<secret_box> secret_box::parse(std::string_view text) {
  std::vector<key> keys;
  for (std::size_t line = 1; !text.empty(); ++line) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto one = trim(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (one.empty() || one.front() == '#') continue;
    auto octets = from_hex(one);
    if (!octets) {
      return fail(errc::malformed, "line " + std::to_string(line)
                                       + " is not a key of 64 hexadecimal digits; "
                                         "`openssl rand -hex 32` makes one");
    }
    if (keys.size() == keys_max) return fail(errc::malformed, "more than 8 keys");
    auto name = name_of(*octets);
    keys.push_back({.name = std::move(name), .octets = std::move(*octets)});
  }
  if (keys.empty()) return fail(errc::malformed, "no key; `openssl rand -hex 32` makes one");
  return secret_box(std::move(keys));
}

std::string secret_box::seal(random_source& random, const secret_place& place,
                             std::string_view secret) const {
  std::string nonce(crypto::aead_nonce_octets, '\0');
  random.fill(std::as_writable_bytes(std::span(nonce)));
  const auto& k = keys_.front();
  return k.name + nonce + crypto::aead_seal(k.octets, nonce, bound_to(place), secret);
}

result<std::string> secret_box::open(const secret_place& place, std::string_view sealed) const {
  constexpr auto head = key_name_octets + crypto::aead_nonce_octets;
  if (sealed.size() < head + crypto::aead_tag_octets) return fail(errc::corrupt, "sealed secret");
  const auto k = std::ranges::find(keys_, sealed.substr(0, key_name_octets), &key::name);
  if (k == keys_.end()) {
    return fail(errc::unavailable,
                "it was sealed with a key that cluster.secret_file does not have");
  }
  const auto nonce = sealed.substr(key_name_octets, crypto::aead_nonce_octets);
  auto opened = crypto::aead_open(k->octets, nonce, bound_to(place), sealed.substr(head));
  if (!opened) return fail(errc::corrupt, "a sealed secret was changed, or belongs elsewhere");
  return std::move(*opened);
}

bool secret_box::is_current(std::string_view sealed) const {
  return sealed.starts_with(keys_.front().name);
}

}  // namespace signpost::storage::postgres
