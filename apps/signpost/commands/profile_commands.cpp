// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/signpost/client/profiles.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "apps/config/private_files.hpp"
#include "apps/signpost/client/session.hpp"
#include "apps/signpost/terminal/text_table.hpp"
#include "base/text.hpp"

namespace signpost::cli {
namespace {

constexpr std::size_t token_octets_max = 4096;

constexpr const char* profile_add_text = R"(
Asks for the token, which is not shown; or reads it from a file, `-` being standard input. It is
tried before it is kept, in ~/.config/signpost/profiles.yaml with mode 0600. The first profile
becomes the default one.

Examples:
  signpost profile add work --url https://mail.example.org
  signpost profile add ci --url https://mail.example.org --token-file /run/secrets/signpost
)";

struct profile_options {
  std::string name;
  std::string url;
  std::string token_file;
  std::string ca_file;
  bool names = false;
  bool unchecked = false;
  bool yes = false;
};

answer<std::string> token_from(const command_context& context, const std::string& file) {
  std::string text;
  if (file == "-") {
    if (context.to.read_input) text = context.to.read_input();
  } else if (!file.empty()) {
    auto read = config::read_private_file(file, token_octets_max);
    if (!read) return refuse(wrong_usage, read.error().context);
    text = std::move(*read);
  } else {
    const auto asked = context.to.ask_secret ? context.to.ask_secret("Token: ") : std::nullopt;
    if (!asked) {
      return refuse(wrong_usage, "cannot ask for the token without a terminal",
                    "use --token-file FILE, or - for standard input");
    }
    text = *asked;
  }
  const auto token = std::string(trim(text));
  if (token.empty() || token.size() > token_octets_max) {
    return refuse(wrong_usage, "that is not a valid token");
  }
  return token;
}

// Fails unless the server takes the token.
answer<void> try_out(const command_context& context, const profile& p) {
  const api_server server{.url = p.url, .token = p.token, .ca_file = p.ca_file, .named_by = ""};
  auto connection = context.connect(server);
  if (!connection) {
    return refuse(wrong_usage, fmt::format("{}: {}", p.url, connection.error().context));
  }
  const api_client client(std::move(*connection), server);
  SP_TRY([[maybe_unused]] const auto seen, client.list("/client/v4/accounts", "", 1));
  return {};
}

exit_status profile_add(const command_context& context, const profile_options& o) {
  auto book = read_profiles(context.environment);
  if (!book) return complain(context, book.error());
  profile made{.name = o.name, .url = o.url, .ca_file = o.ca_file};
  while (made.url.ends_with('/')) made.url.pop_back();
  auto token = token_from(context, o.token_file);
  if (!token) return complain(context, token.error());
  made.token = std::move(*token);
  if (!o.unchecked) {
    if (auto good = try_out(context, made); !good) {
      if (good.error().status == no_node) good.error().advice = "--unchecked saves it anyway";
      return complain(context, good.error());
    }
  }
  std::erase_if(book->profiles, [&](const auto& p) { return p.name == o.name; });
  book->profiles.push_back(std::move(made));
  if (book->chosen.empty()) book->chosen = o.name;
  if (const auto kept = write_profiles(*book); !kept) return complain(context, kept.error());
  return print_outcome(context, {{"name", o.name}, {"url", o.url}},
                       fmt::format("profile {} is saved in {}\n", o.name, book->path));
}

exit_status profile_list(const command_context& context, bool names) {
  const auto book = read_profiles(context.environment);
  if (!book) return complain(context, book.error());
  auto list = json::array();
  text_table table({"PROFILE", "URL", "DEFAULT"}, context.to.colours);
  for (const auto& p : book->profiles) {
    const bool chosen = p.name == book->chosen;
    list.push_back({{"name", p.name}, {"url", p.url}, {"default", chosen}});
    table.add({p.name, p.url, chosen ? "yes" : ""});
    if (names) context.to.out(display_text(p.name) + "\n");
  }
  if (names) return done;
  if (context.json) return print_json(context, list);
  context.to.out(table.size() == 0 ? "there are no profiles; `signpost profile add` creates one\n"
                                   : table.to_string());
  return done;
}

/// Changes the book by `edit` if the profile is there.
template <typename Edit>
exit_status change_book(const command_context& context, const std::string& name,
                        std::string_view text, const Edit& edit) {
  auto book = read_profiles(context.environment);
  if (!book) return complain(context, book.error());
  if (book->find(name) == nullptr) {
    return complain(context,
                    {negative, fmt::format("there is no profile '{}'", display_text(name, 80))});
  }
  edit(*book);
  if (const auto kept = write_profiles(*book); !kept) return complain(context, kept.error());
  return print_outcome(context, {{"name", name}}, fmt::format("profile {} {}\n", name, text));
}

exit_status profile_use(const command_context& context, const std::string& name) {
  return change_book(context, name, "is now the default",
                     [&](profile_book& book) { book.chosen = name; });
}

exit_status profile_remove(const command_context& context, const std::string& name) {
  return change_book(context, name, "is removed; its token is still valid on the server",
                     [&](profile_book& book) {
                       std::erase_if(book.profiles, [&](const auto& p) { return p.name == name; });
                       if (book.chosen == name) book.chosen.clear();
                     });
}

option name_argument(std::string& target) {
  return {.name = "name",
          .type = "NAME",
          .help = "The profile's name",
          .target = &target,
          .required = true,
          .completes = completion::profile};
}

command add_command() {
  const auto o = std::make_shared<profile_options>();
  return {.name = "add",
          .help = "Save a server and its token",
          .text = profile_add_text,
          .options = {name_argument(o->name),
                      {.name = "--url",
                       .type = "URL",
                       .help = "The URL of the server: https://HOST, or http://ADDRESS:PORT",
                       .target = &o->url,
                       .required = true},
                      {.name = "--token-file",
                       .type = "FILE",
                       .help = "A file with the token; - is standard input",
                       .target = &o->token_file,
                       .completes = completion::file},
                      {.name = "--ca-file",
                       .type = "FILE",
                       .help = "Root certificates to trust instead of the system's (PEM)",
                       .target = &o->ca_file,
                       .completes = completion::file},
                      {.name = "--unchecked", .help = "Do not test it", .target = &o->unchecked}},
          .run = [o](const auto& context) { return profile_add(context, *o); }};
}

}  // namespace

command profile_commands() {
  const auto o = std::make_shared<profile_options>();
  return {
      .name = "profile",
      .help = "Manage remote servers and their tokens",
      .commands = {add_command(),
                   {.name = "list",
                    .help = "List profiles; tokens are not shown",
                    .options = {{.name = "--names",
                                 .help = "Print only names, one per line",
                                 .target = &o->names}},
                    .run = [o](const auto& context) { return profile_list(context, o->names); }},
                   {.name = "use",
                    .help = "Make a profile the default",
                    .options = {name_argument(o->name)},
                    .run = [o](const auto& context) { return profile_use(context, o->name); }},
                   {.name = "remove",
                    .help = "Remove a profile",
                    .options = {name_argument(o->name)},
                    .run = [o](const auto& context) { return profile_remove(context, o->name); }}}};
}

}  // namespace signpost::cli
