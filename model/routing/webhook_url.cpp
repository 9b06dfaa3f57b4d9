// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "model/routing/webhook_url.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/ip.hpp"
#include "base/text.hpp"
#include "base/uri.hpp"
#include "proto/address/domain.hpp"

namespace signpost::model {
namespace {

constexpr std::string_view scheme = "https://";
constexpr std::uint64_t default_port = 443;
/// No origin has it.
constexpr char zone_mark = '#';

// A name or an address, as written before the port.
result<std::string> host_of(std::string_view text) {
  if (text.starts_with('[')) {
    const bool closed = text.ends_with(']');
    const auto ip = closed ? ip_address::parse(text.substr(1, text.size() - 2)) : std::nullopt;
    if (!ip || ip->is_v4()) return fail(errc::malformed, "the URL has an invalid IPv6 address");
    return "[" + ip->to_string() + "]";
  }
  if (const auto ip = ip_address::parse(text)) return ip->to_string();
  const auto name = address::domain::parse(text);
  if (!name) return fail(errc::malformed, "the URL has no host");
  return name->ascii();
}

result<std::string> port_of(std::string_view text) {
  if (text.empty()) return std::string();
  const auto port = parse_uint(text.substr(1));
  if (!port || *port == 0 || *port > 65535) {
    return fail(errc::malformed, "the URL has an invalid port");
  }
  return *port == default_port ? std::string() : fmt::format(":{}", *port);
}

}  // namespace

bool is_webhook_url(std::string_view text) {
  return starts_with_ignoring_case(text, scheme.substr(0, 6));
}

result<std::string> webhook_origin(std::string_view url) {
  if (url.size() > webhook_url_octets_max) {
    return fail(errc::limit_exceeded,
                fmt::format("the URL has more than {} octets", webhook_url_octets_max));
  }
  if (!starts_with_ignoring_case(url, scheme)) {
    return fail(errc::malformed, "the URL of a webhook must begin with https://");
  }
  if (!is_uri(url)) {
    return fail(errc::malformed, "the URL has characters that are not allowed in a URL");
  }
  if (url.find('#') != std::string_view::npos) {
    return fail(errc::malformed, "the URL has a fragment");
  }
  const auto rest = url.substr(scheme.size());
  const auto authority = rest.substr(0, rest.find_first_of("/?"));
  if (authority.find('@') != std::string_view::npos) {
    return fail(errc::malformed, "the URL has a user name");
  }
  auto colon = authority.rfind(':');
  const auto bracket = authority.rfind(']');
  if (bracket != std::string_view::npos && colon != std::string_view::npos && colon < bracket) {
    colon = std::string_view::npos;
  }
  const bool has_port = colon != std::string_view::npos;
  SP_TRY(const auto host, host_of(authority.substr(0, colon)));
  SP_TRY(const auto port, port_of(has_port ? authority.substr(colon) : std::string_view()));
  return std::string(scheme) + host + port;
}

std::string webhook_next_hop(std::string_view origin, std::string_view zone) {
  auto text = std::string(origin);
  if (zone.empty()) return text;
  text += zone_mark;
  text += zone;
  return text;
}

result<webhook_place> parse_webhook_next_hop(std::string_view text) {
  const auto mark = std::min(text.find(zone_mark), text.size());
  SP_TRY(auto origin, webhook_origin(text.substr(0, mark)));
  if (mark == text.size()) return webhook_place{.origin = std::move(origin), .zone = {}};
  const auto zone = address::domain::parse(text.substr(mark + 1));
  if (!zone) {
    return fail(errc::malformed, "the text after # is not a zone: " + zone.error().context);
  }
  return webhook_place{.origin = std::move(origin), .zone = zone->ascii()};
}

bool is_next_hop_of(std::string_view wanted, std::string_view next_hop) {
  if (equals_ignoring_case(wanted, next_hop)) return true;
  if (!is_webhook_url(wanted)) return false;
  return next_hop.size() > wanted.size() && next_hop[wanted.size()] == zone_mark
         && equals_ignoring_case(wanted, next_hop.substr(0, wanted.size()));
}

std::string webhook_rule_name(std::string_view zone_name, std::string_view zone_id,
                              std::string_view rule) {
  auto name = std::string(rule);
  if (rule != "catch-all" || zone_id.empty() || zone_id == zone_name) return name;
  name += ' ';
  name += zone_id;
  return name;
}

}  // namespace signpost::model
