// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Keys are files of this machine, or those of the node elsewhere that was named.
#include <fmt/format.h>

#include <algorithm>

#include "apps/signpost/client/session.hpp"
#include "apps/signpost/commands/dkim_place.hpp"
#include "apps/signpost/terminal/display_text.hpp"
#include "base/text.hpp"
#include "proto/address/domain.hpp"

namespace signpost::cli {
namespace {

constexpr const char* dkim_keygen_text = R"(
Makes a private key in the key directory (signing.key_dir) and prints the DNS record to publish. A
running node signs with it as soon as it sees the record in the DNS. With --pending it does not
look: `signpost dkim rotate DOMAIN --activate` switches. With --now it signs at once; what it signs
cannot be verified before the record is there. A domain may have one RSA key, which every receiver
understands, and one Ed25519 key (RFC 8463), which some do, beside each other.

DOMAIN is the service's own (signing.domain, which signs every message and seals ARC) or that of a
zone. Run it as the node's user or as root, who gives the files to the owner of the data directory;
with --profile or --url the node elsewhere makes the key, for its zones.

Examples:
  signpost dkim keygen mx.example.net
  signpost dkim keygen example.org --type ed25519
)";

constexpr const char* dkim_show_text = R"(
Prints every key's state and its record as lines of a zone file; comments begin with `;`. The value
is cut into strings of 255 octets, as DNS wants it; forms on the web want it whole, as --json has it
in `value`. Private keys are never shown.

Examples:
  signpost dkim show example.org >>example.org.zone
  signpost dkim show example.org --json | jq -r '.[] | .name, .value'
)";

constexpr const char* dkim_rotate_text = R"(
Three steps; nothing breaks between them, and the node need not be restarted:
  1. `rotate DOMAIN` makes a pending key beside each one that signs. Publish the record it prints.
  2. `rotate DOMAIN --activate`, when all name servers answer with the new record: the new key
     signs, the old one is retired. Its record must stay: receivers still verify what it signed.
  3. `rotate DOMAIN --finish` removes keys retired for at least a week (or signing.valid_for, if
     that is longer) and names the records to delete. Ends with 1 if it is too early; --force
     removes them all the same (for a key that has become known to others).

Examples:
  signpost dkim rotate example.org
  dig +short TXT sp202612r._domainkey.example.org
  signpost dkim rotate example.org --activate
  signpost dkim rotate example.org --finish
)";

struct dkim_options {
  std::string domain;
  std::string type;      ///< rsa or ed25519; empty: RSA is made, all types are rotated
  std::string selector;  ///< empty: chosen
  bool pending = false;
  bool now = false;
  bool activate = false;
  bool finish = false;
  bool force = false;
};

using rows = std::vector<dkim_row>;

/// Octets of one string of a TXT record (RFC 1035 §3.3).
constexpr std::size_t dns_string_octets_max = 255;

std::string day_of(wall_time t) {
  return to_rfc3339(t).substr(0, 10);
}

std::string kind_of(const dkim_row& key) {
  if (key.type == "ed25519") return "Ed25519";
  return key.bits == 0 ? std::string("RSA") : fmt::format("RSA {}", key.bits);
}

// Nothing in it needs escaping: base64 and the tags of a key record.
std::string zone_file_form(const dkim_row& key) {
  std::string text = key.name + ". IN TXT (";
  for (std::size_t at = 0; at < key.value.size(); at += dns_string_octets_max) {
    text += " \"" + key.value.substr(at, dns_string_octets_max) + "\"";
  }
  return text + " )";
}

std::string state_note(const dkim_row& key, milliseconds kept) {
  if (key.state == "pending" && key.waits_for_record) {
    return fmt::format(
        "pending since {}, its record was not seen yet: publish it, and the node signs as soon as "
        "it is in the DNS",
        day_of(key.created));
  }
  if (key.state == "pending") {
    return fmt::format(
        "pending since {}: publish the record, then run: signpost dkim rotate {} --activate",
        day_of(key.created), key.domain);
  }
  if (!key.retired) {
    return fmt::format("active, created {}: used for signing; its record must be published",
                       day_of(key.created));
  }
  return fmt::format(
      "retired {}: its record must stay published until {}, then run: signpost dkim rotate {} "
      "--finish",
      day_of(*key.retired), day_of(*key.retired + kept), key.domain);
}

std::string record_text(const dkim_row& key, milliseconds kept) {
  // A server elsewhere may say anything.
  return printable_lines(fmt::format("; {}, {}, {}\n{}\n", key.domain, kind_of(key),
                                     state_note(key, kept), zone_file_form(key)));
}

json record_json(const dkim_row& key) {
  return {{"domain", key.domain},
          {"selector", key.selector},
          {"key_type", key.type},
          {"bits", key.bits == 0 ? json() : json(key.bits)},
          {"state", key.state},
          {"waits_for_record", key.waits_for_record},
          {"created", to_rfc3339(key.created)},
          {"retired", key.retired ? json(to_rfc3339(*key.retired)) : json()},
          {"name", key.name},
          {"type", "TXT"},
          {"value", key.value},
          {"zone_file", zone_file_form(key)}};
}

json records_json(const rows& list) {
  auto out = json::array();
  for (const auto& key : list) out.push_back(record_json(key));
  return out;
}

/// Keys of one state and, if it is given, one type.
rows those(const rows& all, std::string_view state, const std::string& type) {
  rows out;
  std::ranges::copy_if(all, std::back_inserter(out), [&](const dkim_row& k) {
    return k.state == state && (type.empty() || k.type == type);
  });
  return out;
}

bool has_type(const rows& list, const std::string& type) {
  return std::ranges::find(list, type, &dkim_row::type) != list.end();
}

/// The keys' place, the domain in A-labels, and the options.
struct dkim_work {
  const command_context& context;
  std::unique_ptr<dkim_place> keys;
  std::string domain;  ///< empty = all
  const dkim_options& options;
};

// The node elsewhere if one was named, else the files here.
answer<std::unique_ptr<dkim_place>> place_of(const command_context& context) {
  const auto server = server_of(context);
  if (!server || server->is_local() || server->named_by.empty()) return local_keys(context);
  SP_TRY(auto client, client_of(context));
  return remote_keys(std::move(client));
}

answer<dkim_work> work_of(const command_context& context, const dkim_options& options) {
  SP_TRY(auto place, place_of(context));
  dkim_work out{.context = context, .keys = std::move(place), .domain = {}, .options = options};
  if (options.domain.empty()) return out;
  const auto parsed = address::domain::parse(options.domain);
  if (!parsed) {
    return refuse(wrong_usage, fmt::format("'{}' is not a domain name ({})",
                                           printable(options.domain, 80), parsed.error().context));
  }
  out.domain = parsed->ascii();
  return out;
}

answer<void> print_keys(const dkim_work& work, const rows& list, std::string_view head) {
  const auto& to = work.context;
  if (to.json) {
    print_json(to, records_json(list));
    return {};
  }
  to.to.out(head);
  for (const auto& key : list) to.to.out(record_text(key, work.keys->retired_kept()));
  return {};
}

answer<void> keygen(const dkim_work& work) {
  const auto& o = work.options;
  const auto type = o.type.empty() ? std::string("rsa") : o.type;
  SP_TRY(const auto all, work.keys->list(work.domain));
  if (!o.pending && has_type(those(all, "active", {}), type)) {
    return refuse(negative, fmt::format("{0} already has an active key of this type; to replace "
                                        "it, run: signpost dkim rotate {0}",
                                        work.domain));
  }
  auto waiting = those(all, "pending", type);
  std::erase_if(waiting, [](const dkim_row& k) { return !k.waits_for_record; });
  if (!o.pending && !o.now && !waiting.empty()) {
    return refuse(negative, fmt::format("{0} already has a key of this type, whose record was not "
                                        "seen yet; to print it, run: signpost dkim show {0}",
                                        work.domain));
  }
  SP_TRY(const auto made, work.keys->generate(work.domain, {.type = type,
                                                            .selector = o.selector,
                                                            .active = o.now,
                                                            .when_seen = !o.now && !o.pending}));
  return print_keys(work, {made}, "");
}

answer<void> show(const dkim_work& work) {
  SP_TRY(const auto all, work.keys->list(work.domain));
  if (all.empty() && !work.context.json) {
    return refuse(negative,
                  work.domain.empty()
                      ? fmt::format("no domain has a key in {}", work.keys->name())
                      : fmt::format("{} has no key in {}", work.domain, work.keys->name()));
  }
  return print_keys(work, all, "");
}

answer<void> begin_rotation(const dkim_work& work, const rows& all) {
  const auto& type = work.options.type;
  const auto active = those(all, "active", type);
  auto pending = those(all, "pending", type);
  // Those the node activates itself.
  std::erase_if(pending, [](const dkim_row& k) { return k.waits_for_record; });
  if (active.empty()) {
    return refuse(negative,
                  fmt::format("{} has no active {}key; create one with: signpost dkim keygen {}",
                              work.domain, type.empty() ? "" : type + " ", work.domain));
  }
  for (const auto& key : active) {
    if (has_type(pending, key.type)) continue;
    SP_TRY(auto made, work.keys->generate(work.domain, {.type = key.type, .selector = {}}));
    pending.push_back(std::move(made));
  }
  return print_keys(
      work, pending,
      fmt::format("Publish the following record, wait until all name servers return it (dig TXT "
                  "{}),\nthen run: signpost dkim rotate {} --activate\n\n",
                  pending.front().name, work.domain));
}

// The newest of each type takes over.
answer<void> activate_pending(const dkim_work& work, const rows& all) {
  auto pending = those(all, "pending", work.options.type);
  if (pending.empty()) {
    return refuse(negative,
                  fmt::format("{0} has no pending key; create one with: signpost dkim rotate {0}",
                              work.domain));
  }
  std::ranges::sort(pending, std::greater(), &dkim_row::created);
  rows chosen;
  for (const auto& key : pending) {
    if (has_type(chosen, key.type)) continue;
    SP_CHECK(work.keys->activate(work.domain, key.selector));
    chosen.push_back(key);
  }
  SP_TRY(const auto now_all, work.keys->list(work.domain));
  return print_keys(work, now_all, "");
}

// Removes those that were retired long enough ago.
answer<rows> remove_retired(const dkim_work& work, const rows& retired) {
  rows removed;
  for (const auto& key : retired) {
    const auto until = *key.retired + work.keys->retired_kept();
    if (!work.options.force && work.context.to.time.now() < until) {
      note(work.context, fmt::format("{} is kept until {}: mail that it signed may still be in "
                                     "transit (--force removes it)",
                                     key.selector, day_of(until)));
      continue;
    }
    SP_CHECK(work.keys->remove(work.domain, key.selector));
    removed.push_back(key);
  }
  return removed;
}

answer<void> finish_rotation(const dkim_work& work, const rows& all) {
  auto retired = those(all, "retired", work.options.type);
  std::erase_if(retired, [](const auto& key) { return !key.retired; });
  if (retired.empty()) return refuse(negative, work.domain + " has no retired key");
  SP_TRY(const auto removed, remove_retired(work, retired));
  if (work.context.json) {
    print_json(work.context, records_json(removed));
  } else {
    for (const auto& key : removed) {
      work.context.to.out(
          fmt::format("{} is removed; now delete the record {}\n", key.selector, key.name));
    }
  }
  // What stays has been reported.
  if (removed.empty()) return refuse(negative, "nothing was removed");
  return {};
}

answer<void> rotate_key(const dkim_work& work) {
  SP_TRY(const auto all, work.keys->list(work.domain));
  if (work.options.activate) return activate_pending(work, all);
  if (work.options.finish) return finish_rotation(work, all);
  return begin_rotation(work, all);
}

exit_status run_dkim(const command_context& context, const dkim_options& options,
                     answer<void> (*act)(const dkim_work&)) {
  const auto work = work_of(context, options);
  if (!work) return complain(context, work.error());
  const auto outcome = act(*work);
  return outcome ? done : complain(context, outcome.error());
}

option domain_argument(std::string& target, bool required) {
  return {.name = "domain",
          .type = "DOMAIN",
          .help = "The domain that signs (d=)",
          .target = &target,
          .required = required,
          .completes = completion::zone};
}

option type_option(std::string& target, const char* help) {
  return {.name = "--type",
          .type = "TYPE",
          .help = help,
          .target = &target,
          .words = {"rsa", "ed25519"}};
}

command keygen_command() {
  const auto o = std::make_shared<dkim_options>();
  return {
      .name = "keygen",
      .help = "Create a key and print the DNS record to publish",
      .text = dkim_keygen_text,
      .options =
          {domain_argument(o->domain, true),
           type_option(o->type, "The type of the key: rsa (the default) or ed25519"),
           {.name = "--selector",
            .type = "NAME",
            .help =
                "The name of the key in the DNS; default: month and type, for example sp202611r",
            .target = &o->selector},
           {.name = "--pending",
            .help = "Do not use it for signing before `dkim rotate --activate`",
            .target = &o->pending},
           {.name = "--now",
            .help = "Use it for signing at once, whether its record is published or not",
            .target = &o->now,
            .excludes = {"--pending"}}},
      .run = [o](const auto& context) { return run_dkim(context, *o, keygen); }};
}

command rotate_command() {
  const auto o = std::make_shared<dkim_options>();
  return {.name = "rotate",
          .help = "Replace the keys of a domain, step by step",
          .text = dkim_rotate_text,
          .options = {domain_argument(o->domain, true),
                      type_option(o->type, "Only keys of this type: rsa or ed25519"),
                      {.name = "--activate",
                       .help = "Activate the pending keys and retire the active ones",
                       .target = &o->activate},
                      {.name = "--finish",
                       .help = "Remove the keys that were retired long enough ago",
                       .target = &o->finish,
                       .excludes = {"--activate"}},
                      {.name = "--force",
                       .help = "With --finish: also remove keys that were retired recently",
                       .target = &o->force,
                       .needs = {"--finish"}}},
          .run = [o](const auto& context) { return run_dkim(context, *o, rotate_key); }};
}

}  // namespace

command dkim_commands() {
  const auto o = std::make_shared<dkim_options>();
  return {.name = "dkim",
          .help = "Create, show and rotate the keys that sign mail",
          .commands = {keygen_command(),
                       {.name = "show",
                        .help = "Print the keys, their states and their DNS records",
                        .text = dkim_show_text,
                        .options = {domain_argument(o->domain, false)},
                        .run = [o](const auto& context) { return run_dkim(context, *o, show); }},
                       rotate_command()}};
}

}  // namespace signpost::cli
