// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/config/dkim_keys.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <tuple>

#include "apps/config/private_files.hpp"
#include "base/text.hpp"
#include "proto/address/domain.hpp"

namespace signpost::config {
namespace {

using nlohmann::json;

constexpr std::array<std::pair<std::string_view, dkim_key_state>, 3> state_words{
    {{"pending", dkim_key_state::pending},
     {"active", dkim_key_state::active},
     {"retired", dkim_key_state::retired}}};
constexpr std::array<std::pair<std::string_view, crypto::key_type>, 2> type_words{
    {{"rsa", crypto::key_type::rsa}, {"ed25519", crypto::key_type::ed25519}}};
// A selector is one label of a domain name (RFC 1035 §2.3.4).
constexpr std::size_t selector_octets_max = 63;
constexpr std::int64_t year_9999_s = 253'402'300'799;

template <typename Words>
auto value_of(const Words& words, const json& text)
    -> std::optional<typename Words::value_type::second_type> {
  if (!text.is_string()) return std::nullopt;
  const auto& word = text.get_ref<const std::string&>();
  for (const auto& [known, value] : words) {
    if (known == word) return value;
  }
  return std::nullopt;
}

// RFC 6376 §3.1: selector = sub-domain *( "." sub-domain ). Also what makes a harmless file name.
bool is_selector(std::string_view text) {
  if (text.size() > selector_octets_max) return false;
  return std::ranges::all_of(split(text, '.'), [](std::string_view label) {
    return !label.empty() && label.front() != '-' && label.back() != '-'
           && std::ranges::all_of(
               label, [](char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || c == '-'; });
  });
}

result<std::string> name_of(std::string_view domain) {
  const auto parsed = address::domain::parse(domain);
  if (parsed) return parsed->ascii();
  return fail(errc::malformed, fmt::format("'{}' is not a domain name ({})", printable(domain, 80),
                                           parsed.error().context));
}

std::int64_t seconds_of(wall_time t) {
  return std::chrono::duration_cast<seconds>(t.time_since_epoch()).count();
}

std::optional<wall_time> time_of(const json& number) {
  if (!number.is_number_integer()) return std::nullopt;
  const auto value = number.get<std::int64_t>();
  if (value < 0 || value > year_9999_s) return std::nullopt;
  return wall_time{seconds(value)};
}

std::optional<dkim_key> key_from(const json& row, const std::string& domain) {
  if (!row.is_object()) return std::nullopt;
  const auto selector = row.value("selector", json());
  const auto type = value_of(type_words, row.value("type", json()));
  const auto state = value_of(state_words, row.value("state", json()));
  const auto created = time_of(row.value("created", json()));
  const auto retired = time_of(row.value("retired", json(0)));
  const auto when_seen = row.value("when_seen", json(false));
  if (!selector.is_string() || !type || !state || !created || !retired
      || !when_seen.is_boolean()) {
    return std::nullopt;
  }
  dkim_key key{.domain = domain,
               .selector = selector.get<std::string>(),
               .type = *type,
               .state = *state,
               .when_seen = *state == dkim_key_state::pending && when_seen.get<bool>(),
               .created = *created,
               .retired = *retired,
               .key = nullptr};
  return is_selector(key.selector) ? std::optional(std::move(key)) : std::nullopt;
}

json row_of(const dkim_key& key) {
  json row{{"selector", key.selector},
           {"type", crypto::to_string(key.type)},
           {"state", to_string(key.state)},
           {"created", seconds_of(key.created)}};
  if (key.state == dkim_key_state::retired) row["retired"] = seconds_of(key.retired);
  if (key.when_seen) row["when_seen"] = true;
  return row;
}

void order(std::vector<dkim_key>& keys) {
  const auto rank = [](const dkim_key& k) {
    constexpr std::array ranks{1, 0, 2};  // pending, active, retired
    return std::tuple(ranks.at(static_cast<std::size_t>(k.state)), k.type, k.created, k.selector);
  };
  std::ranges::sort(keys, {}, rank);
}

void make_active(std::vector<dkim_key>& keys, dkim_key& chosen, wall_time now) {
  for (auto& other : keys) {
    if (other.type != chosen.type) continue;
    // One that waits must not displace, later, what was chosen now.
    other.when_seen = false;
    if (other.state != dkim_key_state::active) continue;
    other.state = dkim_key_state::retired;
    other.retired = now;
  }
  chosen.state = dkim_key_state::active;
  chosen.when_seen = false;
  chosen.retired = {};
}

result<dkim_key*> find_key(std::vector<dkim_key>& keys, std::string_view domain,
                       std::string_view selector) {
  const auto at = std::ranges::find(keys, selector, &dkim_key::selector);
  if (at != keys.end()) return &*at;
  return fail(errc::not_found,
              fmt::format("{} has no key with the selector '{}'", domain, printable(selector, 80)));
}

// One at a time: the processors are there for mail.
result<crypto::signing_key> new_key(crypto::key_type type) {
  static std::mutex one_at_a_time;
  const std::lock_guard lock(one_at_a_time);
  return crypto::signing_key::generate(type);
}

}  // namespace

std::string_view to_string(dkim_key_state state) {
  return state_words.at(static_cast<std::size_t>(state)).first;
}

std::string dkim_key::record_name() const {
  return selector + "._domainkey." + domain;
}

std::string dkim_keys::folder(std::string_view domain) const {
  return directory_ + "/" + std::string(domain);
}

std::string dkim_keys::state_path(std::string_view domain) const {
  return folder(domain) + "/keys.json";
}

std::string dkim_keys::key_path(const dkim_key& key) const {
  return folder(key.domain) + "/" + key.selector + ".pem";
}

result<std::vector<dkim_key>> dkim_keys::read_state(const std::string& domain) const {
  const auto path = state_path(domain);
  auto checked = check_private_directory(directory_);
  if (checked) checked = check_private_directory(folder(domain));
  auto text = checked ? read_private_file(path, key_file_octets_max)
                      : result<std::string>(tl::unexpected(checked.error()));
  if (!text && text.error().code == errc::not_found) return std::vector<dkim_key>{};
  if (!text) return tl::unexpected(text.error());
  const auto root = json::parse(*text, nullptr, false);
  const auto list = root.is_object() ? root.value("keys", json()) : json();
  if (!list.is_array() || list.size() > keys_per_domain_max) {
    return fail(errc::malformed, path + " was not written by `signpost dkim`");
  }
  std::vector<dkim_key> keys;
  for (const auto& row : list) {
    auto key = key_from(row, domain);
    if (!key) return fail(errc::malformed, path + " was not written by `signpost dkim`");
    keys.push_back(std::move(*key));
  }
  order(keys);
  return keys;
}

result<void> dkim_keys::write_state(const std::string& domain,
                                    const std::vector<dkim_key>& keys) const {
  auto rows = json::array();
  for (const auto& key : keys) rows.push_back(row_of(key));
  return write_private_file(state_path(domain), json{{"keys", rows}}.dump(2) + "\n");
}

result<void> dkim_keys::read_key(dkim_key& key) const {
  const auto path = key_path(key);
  SP_TRY(const auto pem, read_private_file(path, key_file_octets_max));
  auto parsed = crypto::signing_key::from_pem(pem);
  if (!parsed) return fail(parsed.error().code, path + ": " + parsed.error().context);
  if (parsed->type() != key.type) {
    return fail(errc::malformed, path + " does not have the type that keys.json states");
  }
  key.key = std::make_shared<const crypto::signing_key>(std::move(*parsed));
  return {};
}

bool dkim_keys::is_taken(const std::vector<dkim_key>& keys, const dkim_key& key) const {
  return std::ranges::find(keys, key.selector, &dkim_key::selector) != keys.end()
         || ::access(key_path(key).c_str(), F_OK) == 0;
}

result<void> dkim_keys::choose_selector(const std::vector<dkim_key>& keys,
                                        const std::string& wanted, dkim_key& key) const {
  if (!wanted.empty()) {
    key.selector = to_lower(wanted);
    if (!is_selector(key.selector)) {
      return fail(errc::malformed,
                  fmt::format("'{}' is not a valid selector; use letters, digits and hyphens",
                              printable(wanted, 80)));
    }
    if (!is_taken(keys, key)) return {};
    return fail(errc::conflict, fmt::format("{} already has a key with the selector '{}'",
                                            key.domain, key.selector));
  }
  const std::chrono::year_month_day day(std::chrono::floor<std::chrono::days>(key.created));
  const auto stem = fmt::format("sp{:04}{:02}{}", static_cast<int>(day.year()),
                                static_cast<unsigned>(day.month()),
                                key.type == crypto::key_type::rsa ? 'r' : 'e');
  key.selector = stem;
  for (int number = 2; is_taken(keys, key); ++number) key.selector = stem + std::to_string(number);
  return {};
}

// A key that can be added: with a selector.
result<void> dkim_keys::check_room(const std::vector<dkim_key>& keys, const new_dkim_key& wanted,
                                   dkim_key& key) const {
  if (keys.size() == keys_per_domain_max) {
    return fail(errc::limit_exceeded,
                fmt::format("{} already has {} keys, which is the limit; remove retired ones first",
                            key.domain, keys.size()));
  }
  if (wanted.first && !keys.empty()) return fail(errc::conflict, key.domain + " has a key");
  return choose_selector(keys, wanted.selector, key);
}

result<dkim_key> dkim_keys::generate(std::string_view domain, const new_dkim_key& wanted,
                                     wall_time now) {
  dkim_key key{.type = wanted.type, .when_seen = wanted.when_seen, .created = now};
  SP_TRY(key.domain, name_of(domain));
  SP_CHECK(make_private_directory(directory_));
  // What is refused anyway costs nothing. An RSA key takes a while, in which nobody else has to
  // wait but those that make one, too.
  SP_TRY(const auto before, read_state(key.domain));
  SP_CHECK(check_room(before, wanted, key));
  SP_TRY(auto made, new_key(key.type));
  SP_TRY(const auto pem, made.to_pem());
  SP_TRY(const auto lock, directory_lock::take(directory_));
  SP_CHECK(make_private_directory(folder(key.domain)));
  SP_TRY(auto keys, read_state(key.domain));
  SP_CHECK(check_room(keys, wanted, key));
  // The key first: after a crash keys.json must not name a file that was never written.
  SP_CHECK(write_private_file(key_path(key), pem));
  if (wanted.active) make_active(keys, key, now);
  keys.push_back(key);
  SP_CHECK(write_state(key.domain, keys));
  key.key = std::make_shared<const crypto::signing_key>(std::move(made));
  return key;
}

result<void> dkim_keys::activate(std::string_view domain, std::string_view selector,
                                 wall_time now) {
  SP_TRY(const auto name, name_of(domain));
  SP_TRY(const auto lock, directory_lock::take(directory_));
  SP_TRY(auto keys, read_state(name));
  SP_TRY(auto* const key, find_key(keys, name, selector));
  if (key->state == dkim_key_state::active) return {};
  // A key that cannot be read must not push out one that can.
  SP_CHECK(read_key(*key));
  make_active(keys, *key, now);
  return write_state(name, keys);
}

result<void> dkim_keys::activate_seen(std::string_view domain, std::string_view selector,
                                      const crypto::public_key& seen, wall_time now) {
  SP_TRY(const auto name, name_of(domain));
  SP_TRY(const auto lock, directory_lock::take_if_free(directory_));
  SP_TRY(auto keys, read_state(name));
  SP_TRY(auto* const key, find_key(keys, name, selector));
  if (!key->when_seen) {
    return fail(errc::not_found, fmt::format("{} does not wait for its record", key->selector));
  }
  SP_CHECK(read_key(*key));
  // Another key may have got the name meanwhile.
  if (key->key->public_half().octets() != seen.octets()) {
    return fail(errc::not_found, fmt::format("{} is another key by now", key->selector));
  }
  make_active(keys, *key, now);
  return write_state(name, keys);
}

result<void> dkim_keys::retire(std::string_view domain, std::string_view selector, wall_time now) {
  SP_TRY(const auto name, name_of(domain));
  SP_TRY(const auto lock, directory_lock::take(directory_));
  SP_TRY(auto keys, read_state(name));
  SP_TRY(auto* const key, find_key(keys, name, selector));
  if (key->state == dkim_key_state::retired) return {};
  key->state = dkim_key_state::retired;
  key->when_seen = false;
  key->retired = now;
  return write_state(name, keys);
}

result<void> dkim_keys::remove(std::string_view domain, std::string_view selector) {
  SP_TRY(const auto name, name_of(domain));
  SP_TRY(const auto lock, directory_lock::take(directory_));
  SP_TRY(auto keys, read_state(name));
  SP_TRY(const auto* const found, find_key(keys, name, selector));
  const auto key = *found;
  if (key.state == dkim_key_state::active) {
    return fail(errc::conflict,
                fmt::format("the key {} is in use for signing; retire it first", key.selector));
  }
  std::erase_if(keys, [&](const dkim_key& k) { return k.selector == key.selector; });
  // The entry first: after a crash keys.json must not name a file that is already removed.
  SP_CHECK(write_state(name, keys));
  auto removed = remove_private_file(key_path(key));
  if (!removed && removed.error().code == errc::not_found) return {};
  return removed;
}

std::string dkim_keys::away(std::string_view owner) const {
  return directory_ + "/.away/" + std::string(owner);
}

namespace {

/// `owner` as the name of a folder.
result<void> check_owner(std::string_view owner) {
  const bool good = !owner.empty() && owner.size() <= selector_octets_max
                    && std::ranges::all_of(owner, [](char c) { return is_alnum(c); });
  if (good) return {};
  return fail(errc::malformed, "the owner of the keys is not valid");
}

result<void> moved(const std::string& from, const std::string& to) {
  std::error_code failed;
  std::filesystem::remove_all(to, failed);
  if (!failed) std::filesystem::rename(from, to, failed);
  if (!failed || failed == std::errc::no_such_file_or_directory) return {};
  return fail(errc::unavailable, from + ": " + failed.message());
}

}  // namespace

result<void> dkim_keys::put_away(std::string_view domain, std::string_view owner) {
  SP_TRY(const auto name, name_of(domain));
  SP_CHECK(check_owner(owner));
  if (::access(folder(name).c_str(), F_OK) != 0) return {};
  SP_TRY(const auto lock, directory_lock::take(directory_));
  SP_CHECK(make_private_directory(directory_ + "/.away"));
  return moved(folder(name), away(owner));
}

result<void> dkim_keys::bring_back(std::string_view domain, std::string_view owner) {
  SP_TRY(const auto name, name_of(domain));
  SP_CHECK(check_owner(owner));
  // No owner is recorded for these keys; they are not this owner's.
  SP_CHECK(put_away(name, "unowned"));
  if (::access(away(owner).c_str(), F_OK) != 0) return {};
  SP_TRY(const auto lock, directory_lock::take(directory_));
  return moved(away(owner), folder(name));
}

result<void> dkim_keys::discard(std::string_view owner) {
  SP_CHECK(check_owner(owner));
  std::error_code failed;
  std::filesystem::remove_all(away(owner), failed);
  if (failed) return fail(errc::unavailable, away(owner) + ": " + failed.message());
  return {};
}

result<std::vector<std::string>> dkim_keys::domains() const {
  std::vector<std::string> names;
  if (auto checked = check_private_directory(directory_); !checked) {
    if (checked.error().code == errc::not_found) return names;
    return tl::unexpected(checked.error());
  }
  std::error_code failed;
  for (std::filesystem::directory_iterator at(directory_, failed), end; !failed && at != end;
       at.increment(failed)) {
    auto name = at->path().filename().string();
    const auto parsed = name_of(name);
    // Also skips .lock, and what an editor or a backup may have left.
    if (parsed && *parsed == name && at->is_directory(failed)) names.push_back(std::move(name));
  }
  if (failed) return fail(errc::unavailable, directory_ + ": " + failed.message());
  std::ranges::sort(names);
  return names;
}

result<std::vector<dkim_key>> dkim_keys::read_those(std::string_view domain,
                                                    bool (*wanted)(const dkim_key&)) const {
  SP_TRY(const auto name, name_of(domain));
  // A key that is removed between the two readings is missing in the second list, too.
  for (bool again : {true, false}) {
    SP_TRY(auto keys, read_state(name));
    std::erase_if(keys, [&](const dkim_key& k) { return !wanted(k); });
    result<void> read;
    for (auto key = keys.begin(); read && key != keys.end(); ++key) read = read_key(*key);
    if (read) return keys;
    if (!again || read.error().code != errc::not_found) return tl::unexpected(read.error());
  }
  return std::vector<dkim_key>{};
}

result<std::vector<dkim_key>> dkim_keys::list(std::string_view domain) const {
  return read_those(domain, [](const dkim_key&) { return true; });
}

result<std::vector<dkim_key>> dkim_keys::active(std::string_view domain) const {
  return read_those(domain, [](const dkim_key& k) { return k.state == dkim_key_state::active; });
}

result<std::vector<dkim_key>> dkim_keys::awaited(std::string_view domain) const {
  return read_those(domain, [](const dkim_key& k) { return k.when_seen; });
}

}  // namespace signpost::config
