// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/signpost/client/api_client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "apps/signpost/terminal/display_text.hpp"
#include "base/text.hpp"

namespace signpost::cli {
namespace {

constexpr std::size_t text_octets_max = 2000;
/// Of lists that name their pages by a cursor.
constexpr std::uint64_t cursor_page_max = 1000;

no_answer strange(std::string_view what) {
  return {.status = no_node,
          .text = fmt::format("the server's answer was not understood ({})", what),
          .advice = "check that this is the address of a Signpost API"};
}

/// What a person can do about an error of the API.
struct advice_of_code {
  int code;
  std::string_view text;
};

constexpr std::array<advice_of_code, 13> advices{{
    {2014,
     "another rule has this address; see `signpost rule show ADDRESS`, then use `signpost rule "
     "update`"},
    {2020, "use the command for the catch-all: `signpost rule catch-all ZONE`"},
    {2054,
     "only verified addresses receive mail; `signpost address add ADDRESS` sends the verification "
     "link, `signpost address list` shows which addresses are not verified"},
    {2062, "for a subdomain, use `--match glob '*@sub.example.org'`"},
    {6003, "a token has 40 to 80 letters, digits, - and _"},
    {6111, "a token has 40 to 80 letters, digits, - and _"},
    {7003, "it does not exist, or this token may not see it; check with `signpost token verify`"},
    {9109,
     "`signpost token verify` shows the token; it may be limited to certain addresses or accounts"},
    {9403, "the operator of the node sets the limits (settings api.*)"},
    {9409, "names and addresses must be unique; see `list`"},
    {9429, "too many requests"},
    {9503,
     "try again; `signpost status` shows whether the node is ready, and why not; if this persists, "
     "see the node's log"},
    {10000,
     "the token lacks a permission; create one that has it with `signpost token create --allow …`"},
}};

std::string advice_for(int http_status, int code, const std::string& retry_after) {
  if (http_status == 401) {
    return "the token is not valid on this server; check --profile and SIGNPOST_API_TOKEN";
  }
  if (http_status == 429 && !retry_after.empty()) {
    return fmt::format("try again in {} s", printable(retry_after, 20));
  }
  const auto at = std::ranges::find(advices, code, &advice_of_code::code);
  return at == advices.end() ? std::string() : std::string(at->text);
}

constexpr int code_unavailable = 9503;
constexpr std::string_view odd_words = "must be a a subdomains of";

int code_of(const json& error) {
  const auto at = error.find("code");
  return at != error.end() && at->is_number_integer() ? at->get<int>() : 0;
}

// Where in the body the mistake is: ` at /actions/0/value`.
std::string place_of(const json& error) {
  const auto source = error.find("source");
  if (source == error.end() || !source->is_object()) return {};
  const auto pointer = source->value("pointer", json());
  return pointer.is_string() ? " at " + display_text(pointer.get<std::string>(), 100) : "";
}

void add_text(std::string& to, const json& error) {
  if (!error.is_object() || !error.contains("message") || !error["message"].is_string()) return;
  if (!to.empty()) to += "; ";
  auto text = display_text(error["message"].get<std::string>(), text_octets_max);
  // Cloudflare's own words, which its clients know.
  if (const auto at = text.find(odd_words); at != std::string::npos) {
    text.replace(at, odd_words.size(), "must be a subdomain of");
  }
  to += text + place_of(error);
  if (const int code = code_of(error)) to += fmt::format(" (code {})", code);
  for (const auto& inner : error.value("error_chain", json::array())) add_text(to, inner);
}

// The errors of the envelope in one line.
no_answer refusal_of_api(const json& envelope, const api_response& response) {
  no_answer out{.http_status = response.status};
  for (const auto& one : envelope.value("errors", json::array())) {
    add_text(out.text, one);
    if (out.code == 0 && one.is_object()) out.code = code_of(one);
  }
  if (out.text.empty()) return strange(fmt::format("status {}", response.status));
  out.advice = advice_for(response.status, out.code, response.retry_after);
  // No attempt changes this: it is how the node is set up.
  if (out.code == code_unavailable && out.text.find("config.source") != std::string::npos) {
    out.advice =
        "edit the zones file (node.zones_file), or move the zones to the store: config.source: "
        "store, then `signpost config import FILE` while the node is stopped";
  }
  return out;
}

answer<json> parse_envelope(const api_response& response) {
  auto envelope = json::parse(response.body, nullptr, false);
  const bool sound = envelope.is_object() && envelope.contains("success")
                     && envelope["success"].is_boolean() && envelope.contains("result");
  if (!sound) return tl::unexpected(strange(fmt::format("status {}", response.status)));
  if (!envelope["success"].get<bool>()) return tl::unexpected(refusal_of_api(envelope, response));
  return envelope;
}

std::string with_query(const std::string& path, const std::string& query,
                       const std::string& further) {
  return fmt::format("{}?{}{}{}", path, query, query.empty() ? "" : "&", further);
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

no_answer api_client::unreachable(const error& why) const {
  if (server_.is_local() && why.code == errc::denied) {
    return {.status = no_node,
            .text = fmt::format("{} cannot be opened by this user; run this as root, or as the "
                                "user that signpostd runs as",
                                server_.socket)};
  }
  const auto reason = printable(why.context, 300);
  if (server_.is_local()) {
    return {.status = no_node,
            .text = fmt::format("no node answers on {} ({})", server_.socket, reason),
            .advice = server_.start_hint.starts_with("systemctl")
                          ? fmt::format("start it: `{}`; why it does not run: `systemctl status "
                                        "signpostd`, `journalctl -u signpostd`",
                                        server_.start_hint)
                          : fmt::format("start it: `{}`", server_.start_hint)};
  }
  return {.status = no_node,
          .text = fmt::format("{} does not answer ({})", printable(server_.url), reason),
          .advice = server_.named_by.empty() ? "" : "its address comes from " + server_.named_by};
}

answer<api_response> api_client::send(const api_request& request) const {
  auto response = connection_->send(request);
  if (!response) return tl::unexpected(unreachable(response.error()));
  return std::move(*response);
}

answer<api_answer> api_client::call(std::string_view method, const std::string& target,
                                    const json& body) const {
  api_request request{.method = std::string(method), .target = target};
  if (!body.is_null()) {
    request.body = body.dump(-1, ' ', false, json::error_handler_t::replace);
  }
  SP_TRY(const auto response, send(request));
  SP_TRY(auto envelope, parse_envelope(response));
  return api_answer{.result = std::move(envelope["result"]),
                    .info = envelope.value("result_info", json::object()),
                    .messages = envelope.value("messages", json::array())};
}

answer<std::string> api_client::content(const std::string& target) const {
  SP_TRY(auto response, send({.target = target}));
  if (response.status == 200) return std::move(response.body);
  const auto envelope = parse_envelope(response);
  return tl::unexpected(envelope ? strange("an unexpected status") : envelope.error());
}

answer<json> api_client::list(const std::string& path, const std::string& query, std::uint64_t max,
                              bool* more) const {
  auto rows = json::array();
  if (more != nullptr) *more = false;
  for (std::uint64_t page = 1;; ++page) {
    SP_TRY(auto got, call("GET", with_query(path, query,
                                            fmt::format("page={}&per_page={}", page, page_size))));
    if (!got.result.is_array()) return tl::unexpected(strange("not a list"));
    const auto count = got.result.size();
    for (auto& row : got.result) {
      if (max > 0 && rows.size() >= max) {
        if (more != nullptr) *more = true;
        return rows;
      }
      rows.push_back(std::move(row));
    }
    if (count < page_size) return rows;
  }
}

answer<json> api_client::list_by_cursor(const std::string& path, const std::string& query,
                                        std::uint64_t max, bool* more) const {
  auto rows = json::array();
  std::string cursor;
  do {
    const auto wanted = max == 0 ? cursor_page_max : std::min(max - rows.size(), cursor_page_max);
    SP_TRY(auto got,
           call("GET",
                with_query(path, query,
                           query_of({{"cursor", cursor}, {"per_page", std::to_string(wanted)}}))));
    if (!got.result.is_array()) return tl::unexpected(strange("not a list"));
    for (auto& row : got.result) rows.push_back(std::move(row));
    const auto next = got.info.is_object() ? got.info.value("cursor", json()) : json();
    cursor = next.is_string() ? next.get<std::string>() : std::string();
  } while (!cursor.empty() && (max == 0 || rows.size() < max));
  if (more != nullptr) *more = !cursor.empty();
  return rows;
}

}  // namespace signpost::cli
