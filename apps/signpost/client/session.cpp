// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/signpost/client/session.hpp"

#include <fmt/format.h>

#include "api/frame/json.hpp"
#include "apps/signpost/client/profiles.hpp"
#include "apps/signpost/terminal/display_text.hpp"
#include "base/text.hpp"
#include "storage/spool/spool.hpp"

namespace signpost::cli {
namespace {

constexpr std::size_t message_octets_max = 500;

answer<api_server> node_of_settings(const command_context& context) {
  const auto& settings = context.settings;
  api_server server;
  // Where the unit looks for its settings, it is what starts the node.
  server.start_hint = settings.path().empty() || settings.path() == installed_settings_path
                          ? std::string("systemctl start signpostd")
                          : "signpostd --config " + settings.path();
  if (!context.server.socket.empty()) {
    server.socket = context.server.socket;
    return server;
  }
  if (!settings.mistakes().empty()) {
    return refuse(wrong_usage, settings.mistakes().front(), "--socket PATH works without settings");
  }
  server.socket = control_socket_path(settings.values());
  return server;
}

answer<api_server> by_url(const command_context& context, const std::string& url,
                          const std::string& named_by) {
  api_server server{.url = url, .named_by = named_by};
  server.token = variable_of(context.environment, "SIGNPOST_API_TOKEN");
  server.ca_file = variable_of(context.environment, "SIGNPOST_API_CA_FILE");
  while (server.url.ends_with('/')) server.url.pop_back();
  if (server.token.empty()) {
    return refuse(wrong_usage, fmt::format("there is no token for {}", printable(server.url)),
                  "set SIGNPOST_API_TOKEN, or create a profile with `signpost profile add`");
  }
  return server;
}

answer<api_server> by_profile(const command_context& context, const std::string& name) {
  SP_TRY(const auto book, read_profiles(context.environment));
  const auto* const found = book.find(name);
  if (found == nullptr) {
    return refuse(wrong_usage, fmt::format("there is no profile '{}'", printable(name, 80)),
                  "`signpost profile list` shows the profiles in " + book.path);
  }
  return api_server{.url = found->url,
                    .token = found->token,
                    .ca_file = found->ca_file,
                    .named_by = "profile " + name};
}

}  // namespace

answer<api_server> server_of(const command_context& context) {
  const auto& chosen = context.server;
  if (!chosen.socket.empty()) return node_of_settings(context);
  if (!chosen.url.empty()) return by_url(context, chosen.url, "--url");
  if (!chosen.profile.empty()) return by_profile(context, chosen.profile);
  const auto url = variable_of(context.environment, "SIGNPOST_API_URL");
  if (!url.empty()) return by_url(context, url, "SIGNPOST_API_URL");
  const auto profile = variable_of(context.environment, "SIGNPOST_PROFILE");
  if (!profile.empty()) return by_profile(context, profile);
  auto node = node_of_settings(context);
  if (node && is_socket(node->socket)) return node;
  // No node of our own: a user who has chosen a default profile means that one.
  const auto book = read_profiles(context.environment);
  if (!book) return tl::unexpected(book.error());
  return book->chosen.empty() ? node : by_profile(context, book->chosen);
}

answer<api_client> client_of(const command_context& context) {
  SP_TRY(auto server, server_of(context));
  auto connection = context.connect(server);
  if (!connection) {
    return refuse(wrong_usage, fmt::format("{}: {}", printable(server.place()),
                                           printable(connection.error().context, 300)));
  }
  return api_client(std::move(*connection), std::move(server));
}

bool is_elsewhere(const command_context& context) {
  const auto server = server_of(context);
  return server && !server->is_local();
}

exit_status complain(const command_context& context, const no_answer& why) {
  context.to.err("signpost: " + why.text + "\n");
  if (!why.advice.empty()) context.to.err("  " + why.advice + "\n");
  return why.status;
}

void note(const command_context& context, std::string_view text) {
  context.to.err(fmt::format("signpost: {}\n", text));
}

exit_status print_json(const command_context& context, const json& value) {
  context.to.out(api::to_text(value, true) + "\n");
  return done;
}

exit_status print_outcome(const command_context& context, const json& result,
                          std::string_view text) {
  if (context.json) return print_json(context, result);
  context.to.out(text);
  return done;
}

void note_messages(const command_context& context, const json& messages) {
  if (!messages.is_array()) return;
  for (const auto& one : messages) {
    const auto text = text_of(one, "message");
    if (!text.empty()) note(context, display_text(text, message_octets_max));
  }
}

bool is_agreed(const command_context& context, bool yes, const std::string& question) {
  if (yes || context.to.confirm(question + " [y/N] ")) return true;
  note(context, "nothing was changed; answer yes, or add --yes");
  return false;
}

const json& member_of(const json& object, std::string_view member) {
  static const json nothing;
  if (!object.is_object()) return nothing;
  const auto at = object.find(std::string(member));
  return at == object.end() ? nothing : *at;
}

std::string text_of(const json& object, std::string_view member) {
  const auto& value = member_of(object, member);
  return value.is_string() ? value.get<std::string>() : std::string();
}

std::uint64_t number_of(const json& object, std::string_view member) {
  const auto& value = member_of(object, member);
  return value.is_number_integer() ? value.get<std::uint64_t>() : 0;
}

bool is_true(const json& object, std::string_view member) {
  const auto& value = member_of(object, member);
  return value.is_boolean() && value.get<bool>();
}

}  // namespace signpost::cli
