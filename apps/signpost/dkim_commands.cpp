// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Commands that make, show and rotate DKIM keys. They work on the key directory; a running node
// notices.
#include <fmt/format.h>

#include <algorithm>

#include "apps/config/dkim_keys.hpp"
#include "apps/signpost/node_session.hpp"
#include "base/text.hpp"
#include "proto/address/domain.hpp"
#include "proto/dkim/signer.hpp"

namespace signpost::cli {
namespace {

using config::dkim_key;
using config::dkim_key_state;
using keys = std::vector<dkim_key>;

/// Octets of one string of a TXT record (RFC 1035 §3.3).
constexpr std::size_t dns_string_octets_max = 255;
/// What is under way or waits in a queue when a key is retired is verified by its record.
constexpr auto retired_kept_min = std::chrono::days(7);

milliseconds retired_kept(const command_context& context) {
  return std::max<milliseconds>(retired_kept_min, context.settings.values().mail.signing.valid_for);
}

std::string day_of(wall_time t) {
  return to_rfc3339(t).substr(0, 10);
}

std::string kind_of(const dkim_key& key) {
  if (key.type == crypto::key_type::ed25519) return "Ed25519";
  return fmt::format("RSA {}", key.key->bits());
}

std::string value_of(const dkim_key& key) {
  return dkim::key_record_text(key.key->public_half());
}

// Nothing in it needs escaping: base64 and the tags of a key record.
std::string zone_file_form(const dkim_key& key) {
  const auto value = value_of(key);
  std::string text = key.record_name() + ". IN TXT (";
  for (std::size_t at = 0; at < value.size(); at += dns_string_octets_max) {
    text += " \"" + value.substr(at, dns_string_octets_max) + "\"";
  }
  return text + " )";
}

std::string state_note(const dkim_key& key, milliseconds kept) {
  switch (key.state) {
    case dkim_key_state::pending:
      return fmt::format(
          "pending since {}: publish the record, then: signpost dkim rotate {} --activate",
          day_of(key.created), key.domain);
    case dkim_key_state::active:
      return fmt::format("active, made {}: signs; the record must be published",
                         day_of(key.created));
    case dkim_key_state::retired:
      break;
  }
  return fmt::format(
      "retired {}: the record must stay until {}, then: signpost dkim rotate {} --finish",
      day_of(key.retired), day_of(key.retired + kept), key.domain);
}

std::string record_text(const dkim_key& key, milliseconds kept) {
  return fmt::format("; {}, {}, {}\n{}\n", key.domain, kind_of(key), state_note(key, kept),
                     zone_file_form(key));
}

json record_json(const dkim_key& key) {
  return {
      {"domain", key.domain},
      {"selector", key.selector},
      {"key_type", crypto::to_string(key.type)},
      {"bits", key.key->bits()},
      {"state", config::to_string(key.state)},
      {"created", to_rfc3339(key.created)},
      {"retired", key.state == dkim_key_state::retired ? json(to_rfc3339(key.retired)) : json()},
      {"name", key.record_name()},
      {"type", "TXT"},
      {"value", value_of(key)},
      {"zone_file", zone_file_form(key)}};
}

json records_json(const keys& list) {
  auto rows = json::array();
  for (const auto& key : list) rows.push_back(record_json(key));
  return rows;
}

exit_status fail_with(const command_context& context, const error& why) {
  const bool usage = why.code == errc::malformed || why.code == errc::denied;
  auto text = why.context;
  if (why.code == errc::not_found && text.find("No such file") != std::string::npos) {
    text += fmt::format("; is {} the node's data directory?", context.settings.values().data_dir);
  }
  return complain(context, {usage ? wrong_usage : negative, text});
}

/// The key directory of these settings and the domain in A-labels.
struct workplace {
  config::dkim_keys store;
  std::string domain;  ///< empty = all
};

answer<workplace> workplace_of(const command_context& context, const std::string& domain) {
  if (!context.settings.mistakes().empty()) {
    return tl::unexpected(no_answer{wrong_usage, context.settings.mistakes().front()});
  }
  workplace out{.store = config::dkim_keys(dkim_directory(context.settings.values())),
                .domain = {}};
  if (domain.empty()) return out;
  const auto parsed = address::domain::parse(domain);
  if (!parsed) {
    return tl::unexpected(no_answer{
        wrong_usage,
        fmt::format("'{}' is no domain name ({})", printable(domain, 80), parsed.error().context)});
  }
  out.domain = parsed->ascii();
  return out;
}

/// Keys of one state and, if it is given, one type.
keys those(const keys& all, dkim_key_state state, const std::string& type) {
  keys out;
  std::ranges::copy_if(all, std::back_inserter(out), [&](const dkim_key& k) {
    return k.state == state && (type.empty() || crypto::to_string(k.type) == type);
  });
  return out;
}

bool has_type(const keys& list, crypto::key_type type) {
  return std::ranges::find(list, type, &dkim_key::type) != list.end();
}

exit_status print_keys(const command_context& context, const keys& list, std::string_view head) {
  if (context.json) return print_json(context, records_json(list));
  context.to.out(head);
  for (const auto& key : list) context.to.out(record_text(key, retired_kept(context)));
  return done;
}

exit_status begin_rotation(const command_context& context, workplace& at, const keys& all,
                           const std::string& type) {
  const auto active = those(all, dkim_key_state::active, type);
  auto pending = those(all, dkim_key_state::pending, type);
  if (active.empty()) {
    return complain(context,
                    {negative, fmt::format("{} has no {}key that signs; make one: signpost "
                                           "dkim keygen {}",
                                           at.domain, type.empty() ? "" : type + " ", at.domain)});
  }
  for (const auto& key : active) {
    if (has_type(pending, key.type)) continue;
    auto made = at.store.generate(at.domain, {.type = key.type}, context.to.time.now());
    if (!made) return fail_with(context, made.error());
    pending.push_back(std::move(*made));
  }
  return print_keys(context, pending,
                    fmt::format("Publish what follows, wait until all name servers answer with it "
                                "(dig TXT {}),\nthen: signpost dkim rotate {} --activate\n\n",
                                pending.front().record_name(), at.domain));
}

// The newest of each type takes over.
exit_status activate_pending(const command_context& context, workplace& at, const keys& all,
                             const std::string& type) {
  auto pending = those(all, dkim_key_state::pending, type);
  if (pending.empty()) {
    return complain(context, {negative, fmt::format("{0} has no pending key; make one: signpost "
                                                    "dkim rotate {0}",
                                                    at.domain)});
  }
  std::ranges::sort(pending, std::greater(), &dkim_key::created);
  keys chosen;
  for (const auto& key : pending) {
    if (has_type(chosen, key.type)) continue;
    if (auto ok = at.store.activate(at.domain, key.selector, context.to.time.now()); !ok) {
      return fail_with(context, ok.error());
    }
    chosen.push_back(key);
  }
  const auto now_all = at.store.list(at.domain);
  if (!now_all) return fail_with(context, now_all.error());
  return print_keys(context, *now_all, "");
}

exit_status finish_rotation(const command_context& context, workplace& at, const keys& all,
                            const std::string& type, bool force) {
  const auto retired = those(all, dkim_key_state::retired, type);
  if (retired.empty()) {
    return complain(context, {negative, at.domain + " has no retired key"});
  }
  keys removed;
  for (const auto& key : retired) {
    const auto until = key.retired + retired_kept(context);
    if (!force && context.to.time.now() < until) {
      context.to.err(
          fmt::format("signpost: {} stays until {}: what it signed may still be under "
                      "way (--force removes it)\n",
                      key.selector, day_of(until)));
      continue;
    }
    if (auto ok = at.store.remove(at.domain, key.selector); !ok) {
      return fail_with(context, ok.error());
    }
    removed.push_back(key);
  }
  if (context.json) {
    print_json(context, records_json(removed));
  } else {
    for (const auto& key : removed) {
      context.to.out(
          fmt::format("{} is removed; delete the record {}\n", key.selector, key.record_name()));
    }
  }
  return removed.empty() ? negative : done;
}

}  // namespace

exit_status dkim_keygen(const command_context& context, const dkim_options& options) {
  auto at = workplace_of(context, options.domain);
  if (!at) return complain(context, at.error());
  const auto type = options.type == "ed25519" ? crypto::key_type::ed25519 : crypto::key_type::rsa;
  const auto all = at->store.list(at->domain);
  if (!all) return fail_with(context, all.error());
  if (!options.pending && has_type(those(*all, dkim_key_state::active, {}), type)) {
    return complain(context,
                    {negative, fmt::format("{0} has a key of this type that signs; to change it: "
                                           "signpost dkim rotate {0}",
                                           at->domain)});
  }
  const auto made = at->store.generate(
      at->domain, {.type = type, .selector = options.selector, .active = !options.pending},
      context.to.time.now());
  if (!made) return fail_with(context, made.error());
  return print_keys(context, {*made}, "");
}

exit_status dkim_show(const command_context& context, const dkim_options& options) {
  auto at = workplace_of(context, options.domain);
  if (!at) return complain(context, at.error());
  std::vector<std::string> names{at->domain};
  if (at->domain.empty()) {
    auto found = at->store.domains();
    if (!found) return fail_with(context, found.error());
    names = std::move(*found);
  }
  keys all;
  for (const auto& name : names) {
    const auto some = at->store.list(name);
    if (!some) return fail_with(context, some.error());
    all.insert(all.end(), some->begin(), some->end());
  }
  if (all.empty() && !context.json) {
    const auto who = at->domain.empty() ? std::string("no domain") : at->domain;
    return complain(context, {negative, fmt::format("{} has {} in {}", who,
                                                    at->domain.empty() ? "a key" : "no key",
                                                    at->store.directory())});
  }
  return print_keys(context, all, "");
}

exit_status dkim_rotate(const command_context& context, const dkim_options& options) {
  auto at = workplace_of(context, options.domain);
  if (!at) return complain(context, at.error());
  const auto all = at->store.list(at->domain);
  if (!all) return fail_with(context, all.error());
  if (options.activate) return activate_pending(context, *at, *all, options.type);
  if (options.finish) return finish_rotation(context, *at, *all, options.type, options.force);
  return begin_rotation(context, *at, *all, options.type);
}

}  // namespace signpost::cli
