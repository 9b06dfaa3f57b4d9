// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "apps/signpost/client/lookup.hpp"
#include "apps/signpost/client/session.hpp"
#include "apps/signpost/commands/rule_text.hpp"
#include "apps/signpost/terminal/text_table.hpp"
#include "base/text.hpp"

namespace signpost::cli {
namespace {

constexpr const char* address_add_text = R"(
Mail may go only to addresses whose owner has agreed: a mail with a link goes out, and rules that
forward to the address do nothing until its page's button was pressed. --verified spares the mail;
only an administrator may say so.

Examples:
  signpost address add ops@example.net
  signpost address add ops@example.net --verified
)";

constexpr const char* address_list_text = R"(
--unverified shows the addresses that get no mail because nobody has pressed the button in the
verification mail yet, and whether that mail could be delivered.

Examples:
  signpost address list --unverified
)";

constexpr const char* address_which_text = R"(
ADDRESS is the address or its id.

Examples:
  signpost address show ops@example.net
)";

constexpr const char* address_resend_text = R"(
Not twice within five minutes, and after five mails none for a day.

Examples:
  signpost address resend ops@example.net
)";

constexpr const char* address_verify_text = R"(
Counts the address as verified without its link: an administrator's word. --undo takes it back.

Examples:
  signpost address verify ops@example.net
)";

constexpr const char* address_remove_text = R"(
Rules that forward to further addresses go on to those; a rule that forwards to nobody else is
disabled, and enabled again when the address has been added and verified again, unless somebody has
changed it meanwhile. They are listed first. Asks; without a terminal --yes is needed.

Examples:
  signpost address remove ops@example.net --yes
)";

constexpr std::size_t reply_octets_shown_max = 500;

struct address_options {
  std::string address;
  std::string account;
  bool verified = false;
  bool unverified = false;
  bool undo = false;
  bool yes = false;
};

/// A client and `/client/v4/accounts/{id}/email/routing/addresses`.
struct address_book {
  api_client client;
  std::string path;

  [[nodiscard]] answer<json> find(const std::string& text) const {
    SP_TRY(const auto all, client.list(path));
    return one_of(all, "email", text, "destination address");
  }
  [[nodiscard]] std::string path_of(const json& address) const {
    return path + "/" + text_of(address, "id");
  }
};

answer<address_book> book_of(const command_context& context, const std::string& account) {
  SP_TRY(auto client, client_of(context));
  SP_TRY(auto path, account_path(client, account));
  return address_book{.client = std::move(client), .path = path + "/email/routing/addresses"};
}

bool is_verified(const json& address) {
  return !text_of(address, "verified").empty();
}

std::string address_line(const json& address) {
  return fmt::format("{} is {}\n", display_text(text_of(address, "email")),
                     is_verified(address) ? "verified" : "not verified yet");
}

/// It has ended without being delivered.
bool has_failed(const json& mail) {
  const auto state = text_of(mail, "state");
  return state == "bounced" || state == "expired" || state == "removed";
}

// Where the verification mail is, if the server knows.
std::string mail_lines(const json& address, wall_time now) {
  const auto& mail = member_of(address, "verification_mail");
  const auto state = text_of(mail, "state");
  if (state.empty()) return {};
  const auto when = relative(text_of(mail, "at"), now);
  const auto reply = display_text(text_of(mail, "reply"), reply_octets_shown_max);
  auto text = fmt::format("  verification mail: {}, {}{}{}\n", display_text(state), when,
                          reply.empty() ? "" : ": ", reply);
  if (has_failed(mail)) {
    text += fmt::format("  check the address, then send another: signpost address resend {}\n",
                        display_text(text_of(address, "email")));
  }
  return text;
}

std::string verified_text(const json& address, wall_time now) {
  if (is_verified(address)) return "yes, " + relative(text_of(address, "verified"), now);
  const auto& mail = member_of(address, "verification_mail");
  return has_failed(mail) ? "no, mail " + display_text(text_of(mail, "state")) : "no";
}

exit_status address_list(const command_context& context, const address_options& o) {
  const auto book = book_of(context, o.account);
  if (!book) return complain(context, book.error());
  const auto wanted = o.verified ? "verified=true" : o.unverified ? "verified=false" : "";
  const auto all = book->client.list(book->path, wanted);
  if (!all) return complain(context, all.error());
  if (context.json) return print_json(context, *all);
  const auto now = context.to.time.now();
  text_table table({"ADDRESS", "VERIFIED", "ADDED", "ID"}, context.to.colours);
  for (const auto& one : *all) {
    const bool good = is_verified(one);
    table.add({text_of(one, "email"),
               {verified_text(one, now), good ? tone::good : tone::warning},
               relative(text_of(one, "created"), now),
               text_of(one, "id")});
  }
  context.to.out(table.size() == 0 ? "there are no destination addresses\n" : table.to_string());
  return done;
}

exit_status address_show(const command_context& context, const address_options& o) {
  const auto book = book_of(context, o.account);
  if (!book) return complain(context, book.error());
  const auto found = book->find(o.address);
  if (!found) return complain(context, found.error());
  return print_outcome(context, *found,
                       address_line(*found) + mail_lines(*found, context.to.time.now()));
}

answer<api_answer> set_verified(const address_book& book, const json& address, bool verified) {
  return book.client.call("PATCH", book.path_of(address),
                          {{"status", verified ? "verified" : "unverified"}});
}

/// Neither a limit (9429), nor the mailbox (9431), nor trouble with the queue (9503) kept it back.
bool is_mail_sent(const json& messages) {
  if (!messages.is_array()) return true;
  return std::ranges::none_of(messages, [](const json& one) {
    const auto code = number_of(one, "code");
    return code == 9429 || code == 9431 || code == 9503;
  });
}

exit_status address_add(const command_context& context, const address_options& o) {
  const auto book = book_of(context, o.account);
  if (!book) return complain(context, book.error());
  auto made = book->client.call("POST", book->path, {{"email", o.address}});
  if (!made) return complain(context, made.error());
  note_messages(context, made->messages);
  const bool sent = is_mail_sent(made->messages);
  if (o.verified) {
    made = set_verified(*book, made->result, true);
    if (!made) return complain(context, made.error());
  }
  auto text = address_line(made->result);
  if (sent && !is_verified(made->result)) {
    text += "a mail with a verification link has been sent to it\n";
  }
  return print_outcome(context, made->result, text);
}

exit_status address_resend(const command_context& context, const address_options& o) {
  const auto book = book_of(context, o.account);
  if (!book) return complain(context, book.error());
  const auto found = book->find(o.address);
  if (!found) return complain(context, found.error());
  const auto sent = book->client.call("POST", book->path_of(*found) + "/resend", json::object());
  if (!sent) return complain(context, sent.error());
  note_messages(context, sent->messages);
  return print_outcome(context, sent->result,
                       is_mail_sent(sent->messages)
                           ? "another mail with a verification link has been sent\n"
                           : address_line(sent->result));
}

exit_status address_verify(const command_context& context, const address_options& o) {
  const auto book = book_of(context, o.account);
  if (!book) return complain(context, book.error());
  const auto found = book->find(o.address);
  if (!found) return complain(context, found.error());
  const auto changed = set_verified(*book, *found, !o.undo);
  if (!changed) return complain(context, changed.error());
  return print_outcome(context, changed->result, address_line(changed->result));
}

bool names(const json& rule, const std::string& email) {
  for (const auto& action : member_of(rule, "actions")) {
    for (const auto& one : member_of(action, "value")) {
      if (one.is_string() && equals_ignoring_case(one.get<std::string>(), email)) return true;
    }
  }
  return false;
}

// Where the rule goes on to: its other destinations that are verified.
std::string others_of(const json& rule, const std::string& email, const json& addresses) {
  std::string out;
  for (const auto& action : member_of(rule, "actions")) {
    for (const auto& one : member_of(action, "value")) {
      const auto to = one.is_string() ? one.get<std::string>() : std::string();
      if (to.empty() || equals_ignoring_case(to, email)) continue;
      const bool good = std::ranges::any_of(addresses, [&](const json& a) {
        return equals_ignoring_case(text_of(a, "email"), to) && is_verified(a);
      });
      if (good) out += (out.empty() ? "" : ", ") + to;
    }
  }
  return out;
}

// What the removal does to each rule, one line for each.
answer<std::string> effect_of_removal(const address_book& book, const std::string& email) {
  const auto account = book.path.substr(0, book.path.rfind("/addresses"));
  SP_TRY(const auto rules, book.client.list(account + "/rules"));
  SP_TRY(const auto addresses, book.client.list(book.path));
  std::string out;
  for (const auto& rule : rules) {
    if (!is_true(rule, "enabled") || !names(rule, email)) continue;
    const auto others = others_of(rule, email, addresses);
    out += fmt::format("  {} in {}: {}\n", display_text(address_text(rule), 100),
                       display_text(text_of(member_of(rule, "zone"), "name"), 100),
                       others.empty() ? "is disabled, it forwards to nobody else"
                                      : "goes on to " + display_text(others, 300));
  }
  return out;
}

exit_status address_remove(const command_context& context, const address_options& o) {
  const auto book = book_of(context, o.account);
  if (!book) return complain(context, book.error());
  const auto found = book->find(o.address);
  if (!found) return complain(context, found.error());
  const auto email = display_text(text_of(*found, "email"));
  const auto effect = effect_of_removal(*book, text_of(*found, "email"));
  // A token may remove addresses and not see rules.
  if (!effect) {
    note(context, "the rules that forward to it cannot be listed: " + effect.error().text);
  } else if (!effect->empty()) {
    context.to.err("rules that forward to " + email + ":\n" + *effect);
  }
  if (!is_agreed(context, o.yes, fmt::format("Remove {}?", email))) return wrong_usage;
  const auto gone = book->client.call("DELETE", book->path_of(*found));
  if (!gone) return complain(context, gone.error());
  return print_outcome(context, gone->result, fmt::format("{} is removed\n", email));
}

option address_argument(std::string& target, const char* help) {
  return {.name = "address", .type = "ADDRESS", .help = help, .target = &target, .required = true};
}

option account_option(std::string& target) {
  return {.name = "--account",
          .type = "ACCOUNT",
          .help = "The account's name or id; required if there are several",
          .target = &target};
}

}  // namespace

command address_commands() {
  const auto o = std::make_shared<address_options>();
  const auto which = address_argument(o->address, "The address or its id");
  const auto account = account_option(o->account);
  return {
      .name = "address",
      .help = "Addresses that mail may be forwarded to",
      .commands = {
          {.name = "list",
           .help = "List destination addresses",
           .text = address_list_text,
           .options =
               {{.name = "--verified", .help = "Only verified addresses", .target = &o->verified},
                {.name = "--unverified",
                 .help = "Only addresses that are not verified yet",
                 .target = &o->unverified,
                 .excludes = {"--verified"}},
                account},
           .run = [o](const auto& context) { return address_list(context, *o); }},
          {.name = "add",
           .help = "Add an address and send it a verification link",
           .text = address_add_text,
           .options = {address_argument(o->address, "The address"),
                       {.name = "--verified",
                        .help = "Verify it without a mail (administrators)",
                        .target = &o->verified},
                       account},
           .run = [o](const auto& context) { return address_add(context, *o); }},
          {.name = "show",
           .help = "Show whether an address is verified",
           .text = address_which_text,
           .options = {which, account},
           .run = [o](const auto& context) { return address_show(context, *o); }},
          {.name = "resend",
           .help = "Send the verification link again",
           .text = address_resend_text,
           .options = {which, account},
           .run = [o](const auto& context) { return address_resend(context, *o); }},
          {.name = "verify",
           .help = "Mark an address as verified (administrators)",
           .text = address_verify_text,
           .options = {which,
                       {.name = "--undo", .help = "Mark it as not verified", .target = &o->undo},
                       account},
           .run = [o](const auto& context) { return address_verify(context, *o); }},
          {.name = "remove",
           .help = "Remove an address",
           .text = address_remove_text,
           .options = {which, yes_option(o->yes), account},
           .run = [o](const auto& context) { return address_remove(context, *o); }}}};
}

}  // namespace signpost::cli
