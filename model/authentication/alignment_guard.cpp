// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "model/authentication/alignment_guard.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"

namespace signpost::model {
namespace {

std::string_view last_labels(std::string_view domain, std::size_t labels) {
  auto at = domain.size();
  for (std::size_t i = 0; i < labels; ++i) {
    const auto dot = at == 0 ? std::string_view::npos : domain.rfind('.', at - 1);
    if (dot == std::string_view::npos) return domain;
    at = dot;
  }
  return domain.substr(at + 1);
}

// Second-level labels under which country registries sell names. Otherwise two sibling names count
// as strangers' only if neither has a policy record above it.
bool looks_like_registry(std::string_view two_labels) {
  static constexpr std::array<std::string_view, 10> words{"ac",  "co", "com", "edu", "go",
                                                          "gov", "ne", "net", "or",  "org"};
  const auto dot = two_labels.find('.');
  return dot != std::string_view::npos && two_labels.size() - dot - 1 == 2
         && std::ranges::find(words, two_labels.substr(0, dot)) != words.end();
}

}  // namespace

std::string widest_organization(std::string_view domain, std::string_view walked,
                                bool below_public_suffix) {
  if (below_public_suffix && !walked.empty()) return std::string(walked);
  const auto two = last_labels(domain, 2);
  const auto registered = looks_like_registry(two) ? last_labels(domain, 3) : two;
  const bool walked_is_wider = !walked.empty() && walked.size() < registered.size();
  return std::string(walked_is_wider ? walked : registered);
}

bool is_at_or_below(std::string_view domain, std::string_view above) {
  if (domain.size() < above.size() || above.empty()) return false;
  const auto tail = domain.substr(domain.size() - above.size());
  if (!equals_ignoring_case(tail, above)) return false;
  return tail.size() == domain.size() || domain[domain.size() - above.size() - 1] == '.';
}

bool alignment_guard::may_use(std::string_view domain) const {
  if (author_.proven) return true;
  if (author_.anybody || !author_.known) return false;
  return std::ranges::none_of(author_.domains, [&](const author_domain& a) {
    return is_at_or_below(domain, a.organization) || is_at_or_below(a.name, domain);
  });
}

std::optional<std::string_view> alignment_guard::sender_domain(std::string_view zone,
                                                               std::string_view host_name) const {
  if (!zone.empty() && may_use(zone)) return zone;
  if (may_use(host_name)) return host_name;
  return std::nullopt;
}

bool alignment_guard::may_keep(std::string_view sender_domain, bool sender_proven) const {
  return sender_proven && !sender_domain.empty() && may_use(sender_domain);
}

bool can_be_sent(const author_facts& author, const outgoing_names& names) {
  const alignment_guard guard(author);
  if (names.null_sender) return guard.may_use(names.host_name);
  if (guard.may_keep(names.sender_domain, names.sender_proven)) return true;
  return std::ranges::all_of(names.zones, [&](std::string_view zone) {
    return guard.sender_domain(zone, names.host_name).has_value();
  });
}

}  // namespace signpost::model
