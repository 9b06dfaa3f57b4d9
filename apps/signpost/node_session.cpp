// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/signpost/node_session.hpp"

#include "api/json.hpp"

namespace signpost::cli {

answer<node_client> client_of(const command_context& context) {
  const auto& settings = context.settings;
  const auto start =
      settings.path().empty() ? std::string("signpostd") : "signpostd --config " + settings.path();
  if (!context.socket.empty()) return node_client(context.socket, start);
  if (!settings.mistakes().empty()) {
    return tl::unexpected(no_answer{
        wrong_usage, settings.mistakes().front() + "\n(--socket PATH works without settings)"});
  }
  return node_client(control_socket_path(settings.values()), start);
}

exit_status complain(const command_context& context, const no_answer& why) {
  context.to.err("signpost: " + why.text + "\n");
  return why.status;
}

exit_status print_json(const command_context& context, const json& value) {
  context.to.out(api::to_text(value, true) + "\n");
  return done;
}

std::string text_of(const json& object, std::string_view member) {
  const auto it = object.is_object() ? object.find(std::string(member)) : object.end();
  if (it == object.end() || !it->is_string()) return {};
  return it->get<std::string>();
}

std::uint64_t number_of(const json& object, std::string_view member) {
  const auto it = object.is_object() ? object.find(std::string(member)) : object.end();
  if (it == object.end() || !it->is_number_integer()) return 0;
  return it->get<std::uint64_t>();
}

}  // namespace signpost::cli
