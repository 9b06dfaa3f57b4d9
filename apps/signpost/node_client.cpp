// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/signpost/node_client.hpp"

#include <fmt/format.h>

#include "base/text.hpp"
#include "net/http_client.hpp"

namespace signpost::cli {
namespace {

constexpr std::string_view prefix = "/signpost/v1";
// The node asks its actors one after the other for their status, 2 s each.
constexpr seconds patience{30};

no_answer strange(std::string_view what) {
  return {no_node, fmt::format("the node's answer is not understood ({})", what)};
}

// The errors of the envelope, one a line.
no_answer refusal(const json& envelope) {
  no_answer out;
  for (const auto& one : envelope.value("errors", json::array())) {
    if (!one.is_object() || !one.contains("message") || !one["message"].is_string()) continue;
    if (!out.text.empty()) out.text += "; ";
    out.text += printable(one["message"].get<std::string>(), 2000);
  }
  if (out.text.empty()) return strange("no error text");
  return out;
}

answer<json> parse_envelope(const std::string& body) {
  auto envelope = json::parse(body, nullptr, false);
  const bool sound = envelope.is_object() && envelope.contains("success")
                     && envelope["success"].is_boolean() && envelope.contains("result");
  if (!sound) return tl::unexpected(strange("no envelope"));
  if (!envelope["success"].get<bool>()) return tl::unexpected(refusal(envelope));
  return envelope;
}

}  // namespace

std::string percent_encode(std::string_view text) {
  constexpr std::string_view plain = "-._~";
  std::string out;
  for (const char c : text) {
    if (is_alnum(c) || plain.find(c) != std::string_view::npos) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

std::string query_of(const std::vector<std::pair<std::string_view, std::string>>& parameters) {
  std::string query;
  for (const auto& [name, value] : parameters) {
    if (value.empty()) continue;
    query += fmt::format("{}{}={}", query.empty() ? "" : "&", name, percent_encode(value));
  }
  return query;
}

no_answer node_client::unreachable(const error& why) const {
  if (why.code == errc::denied) {
    return {no_node, fmt::format("{} may not be opened by this user: run this as root or as the "
                                 "user that runs signpostd",
                                 socket_)};
  }
  return {no_node, fmt::format("no node answers on {}: is signpostd running? start it with `{}` "
                               "({})",
                               socket_, start_hint_, printable(why.context, 300))};
}

answer<node_answer> node_client::call(std::string_view method, const std::string& target,
                                      const std::string& body) const {
  const auto response = net::http_call({.server = socket_,
                                        .method = std::string(method),
                                        .target = std::string(prefix) + target,
                                        .body = body,
                                        .timeout = patience});
  if (!response) return tl::unexpected(unreachable(response.error()));
  SP_TRY(auto envelope, parse_envelope(response->body));
  return node_answer{.result = std::move(envelope["result"]),
                     .info = envelope.value("result_info", json::object())};
}

answer<std::string> node_client::content(const std::string& target) const {
  const auto response = net::http_call(
      {.server = socket_, .target = std::string(prefix) + target, .timeout = patience});
  if (!response) return tl::unexpected(unreachable(response.error()));
  if (response->status == 200) return response->body;
  const auto envelope = parse_envelope(response->body);
  return tl::unexpected(envelope ? strange("a status that is none of ours") : envelope.error());
}

}  // namespace signpost::cli
