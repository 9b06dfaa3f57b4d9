// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/smtp/path.hpp"

#include "base/limits.hpp"
#include "base/text.hpp"

namespace signpost::smtp {
namespace {

// The text between the brackets.
result<std::string_view> inside_brackets(std::string_view text) {
  if (text.size() > limits::path_octets_max) {
    return fail(errc::limit_exceeded, "path over 256 octets");
  }
  if (text.size() < 2 || text.front() != '<' || text.back() != '>') {
    return fail(errc::malformed, "path without angle brackets");
  }
  return text.substr(1, text.size() - 2);
}

// RFC 5321 §4.1.1.3: a source route "SHOULD be ignored" after it was understood. Its domains have
// no colon, so the first colon ends it.
result<std::string_view> without_source_route(std::string_view path) {
  if (!path.starts_with('@')) return path;
  const auto colon = path.find(':');
  if (colon == std::string_view::npos) return fail(errc::malformed, "source route without colon");
  for (const auto hop : split(path.substr(0, colon), ',')) {
    if (!hop.starts_with('@')) return fail(errc::malformed, "source route without @");
    SP_CHECK(address::domain::parse(hop.substr(1)));
  }
  return path.substr(colon + 1);
}

result<address::mailbox> parse_path(std::string_view path) {
  SP_TRY(const auto mailbox, without_source_route(path));
  return address::mailbox::parse_from_peer(mailbox);
}

}  // namespace

result<reverse_path> reverse_path::parse(std::string_view text) {
  SP_TRY(const auto path, inside_brackets(text));
  if (path.empty()) return reverse_path{};
  SP_TRY(auto mailbox, parse_path(path));
  return reverse_path(std::move(mailbox));
}

result<forward_path> forward_path::parse(std::string_view text) {
  SP_TRY(const auto path, inside_brackets(text));
  if (equals_ignoring_case(path, "postmaster")) return postmaster();
  SP_TRY(auto mailbox, parse_path(path));
  return forward_path(std::move(mailbox));
}

}  // namespace signpost::smtp
