// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "api/addresses/mail_allowance.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "model/control/control_transaction.hpp"
#include "proto/address/limit_key.hpp"
#include "proto/crypto/digest.hpp"

namespace signpost::api {
namespace {

constexpr std::chrono::hours day{24};
constexpr std::chrono::hours stopped_for{24 * 365};
/// How often one link may switch between "stop" and "continue" in that time.
constexpr std::uint64_t turns_max = 20;
/// A mail also counts for the names above its domain, with this many times the limit: the plain
/// limit would hit a whole registry.
constexpr std::uint64_t below_factor = 10;
constexpr std::size_t mark_octets = 16;

/// One count that a mail is in.
struct counted {
  std::string name;
  std::uint64_t max = 0;
  mail_bar bar = mail_bar::none;
  std::string of_account = {};  ///< where accounts share it: the count of this one's part
};

/// What one account may use of a count of which others have used `elsewhere`: half of the rest, so
/// that something is always left for the next account.
std::uint64_t share(std::uint64_t max, std::uint64_t elsewhere) {
  return elsewhere >= max ? 0 : (max - elsewhere + 1) / 2;
}

std::string hashed(std::string_view text) {
  const auto digest = crypto::sha256(text);
  return to_hex(std::span(digest).first(mark_octets));
}

std::string stop_name(std::string_view mark) {
  return "mail/stop/" + std::string(mark);
}

std::vector<counted> counts_of(const mail_limits& limits, const mail_wish& wish) {
  std::vector<counted> all{
      {"mail/account/" + std::string(wish.account), limits.account_max, mail_bar::account}};
  if (!wish.token.empty()) {
    all.push_back({"mail/token/" + std::string(wish.token), limits.token_max, mail_bar::token});
  }
  const auto shared = [&](std::string name, std::uint64_t max, mail_bar bar) {
    auto own = "mail/share/" + std::string(wish.account) + "/" + name;
    all.push_back({.name = std::move(name), .max = max, .bar = bar, .of_account = std::move(own)});
  };
  shared("mail/mailbox/" + mailbox_mark(wish.email, limits), limits.mailbox_max,
         mail_bar::mailbox);
  if (const auto to = address::mailbox::parse(wish.email)) {
    auto max = limits.domain_max;
    for (const auto& domain : address::limit_domains(*to)) {
      shared((max == limits.domain_max ? "mail/domain/" : "mail/below/") + domain, max,
             mail_bar::domain);
      max = limits.domain_max * below_factor;
    }
  }
  all.push_back({"mail/node", limits.node_max, mail_bar::node});
  std::erase_if(all, [](const auto& one) { return one.max == 0; });
  return all;
}

// The count as of now: 0 if its span has ended.
result<model::usage_count> current(const model::control_reader& r, std::string_view name,
                                   wall_time now, milliseconds span) {
  SP_TRY(auto usage, r.usage(name));
  if (usage.until <= now) return model::usage_count{.count = 0, .until = now + span};
  return usage;
}

}  // namespace

std::string_view to_string(mail_bar b) {
  static constexpr std::array<std::string_view, 7> words{"none",    "blocked", "account", "token",
                                                         "mailbox", "domain",  "node"};
  return words.at(static_cast<std::size_t>(b));
}

result<mail_verdict> count_mail(model::control_transaction& t, const mail_limits& limits,
                                const mail_wish& wish, wall_time now) {
  SP_TRY(const auto stopped, is_stopped(t, mailbox_mark(wish.email, limits), now));
  if (stopped) return mail_verdict{.bar = mail_bar::blocked};
  const auto all = counts_of(limits, wish);
  std::vector<std::pair<std::string, model::usage_count>> usage;
  const auto full = [&](const counted& one, wall_time until) {
    const auto wait = std::chrono::ceil<seconds>(until - now).count();
    return mail_verdict{.bar = one.bar, .wait_s = static_cast<int>(wait)};
  };
  for (const auto& one : all) {
    SP_TRY(const auto used, current(t, one.name, now, day));
    if (used.count >= one.max) return full(one, used.until);
    usage.emplace_back(one.name, used);
    if (one.of_account.empty()) continue;
    SP_TRY(const auto own, current(t, one.of_account, now, day));
    const auto elsewhere = used.count - std::min(own.count, used.count);
    if (own.count >= share(one.max, elsewhere)) return full(one, own.until);
    usage.emplace_back(one.of_account, own);
  }
  for (const auto& [name, used] : usage) {
    SP_CHECK(t.put_usage(name, {.count = used.count + 1, .until = used.until}));
  }
  return mail_verdict{};
}

std::string mailbox_mark(std::string_view email, const mail_limits& limits) {
  const auto to = address::mailbox::parse(email);
  return hashed(to ? address::limit_key(*to, limits.delimiters) : to_lower(email));
}

// The count is the number of switches; stopped after an odd number.
result<bool> is_stopped(const model::control_reader& now_there, std::string_view mark,
                        wall_time now) {
  SP_TRY(const auto turns, current(now_there, stop_name(mark), now, stopped_for));
  return turns.count % 2 == 1;
}

result<bool> set_stopped(model::control_transaction& t, std::string_view mark, bool stopped,
                         wall_time now) {
  SP_TRY(auto turns, current(t, stop_name(mark), now, stopped_for));
  if ((turns.count % 2 == 1) == stopped) return false;
  if (turns.count >= turns_max) return fail(errc::limit_exceeded, "too many changes");
  ++turns.count;
  SP_CHECK(t.put_usage(stop_name(mark), turns));
  return true;
}

}  // namespace signpost::api
