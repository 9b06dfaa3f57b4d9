// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/address/limit_key.hpp"

#include <unicase.h>
#include <unictype.h>
#include <uninorm.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

#include "base/text.hpp"
#include "proto/address/unicode.hpp"

namespace signpost::address {
namespace {

constexpr std::size_t domains_above_max = 3;
/// How many routes within routes are followed.
constexpr int routes_max = 8;

code_points folded(const code_points& text) {
  std::size_t size = 0;
  const std::unique_ptr<std::uint32_t, decltype(&std::free)> out(
      u32_casefold(text.data(), text.size(), nullptr, UNINORM_NFKC, nullptr, &size), &std::free);
  return out ? code_points(out.get(), out.get() + size) : text;
}

bool is_ignorable(std::uint32_t c) {
  return uc_is_property_default_ignorable_code_point(c);
}

// Folding may produce what folds again (a mark that moves): two rounds are enough for every
// existing character.
std::string folded_text(std::string_view local) {
  if (is_ascii(local)) return to_lower(local);
  auto points = from_utf8(local);
  for (int round = 0; round < 2; ++round) {
    std::erase_if(points, is_ignorable);
    points = folded(points);
  }
  return to_utf8(points);
}

struct parts {
  std::string local;
  std::string host;
};

// A single label is a word with a sign in it, not a host.
bool lead_to(parts& p, std::string_view host, std::string_view local) {
  if (host.find('.') == std::string_view::npos) return false;
  const auto name = domain::parse(host);
  if (!name) return false;
  p = parts{.local = std::string(local), .host = name->ascii()};
  return true;
}

// `user%host` and `user@host` (the latter in quotes) are read from the right, `host!user` from the
// left, as relays did when such routes were still in use.
bool follow_route(parts& p) {
  const std::string local = p.local;
  const std::string_view text = local;
  if (const auto mark = text.find_last_of("%@"); mark != std::string_view::npos) {
    return lead_to(p, text.substr(mark + 1), text.substr(0, mark));
  }
  const auto mark = text.find('!');
  return mark != std::string_view::npos
         && lead_to(p, text.substr(0, mark), text.substr(mark + 1));
}

}  // namespace

std::string limit_key(const mailbox& of, std::string_view delimiters) {
  parts p{.local = folded_text(of.local()), .host = of.host_text()};
  // First, because anyone can make up what follows a delimiter, and a route as well.
  if (const auto tag = p.local.find_first_of(delimiters); tag != std::string::npos) {
    p.local.resize(tag);
  }
  for (int i = 0; i < routes_max && follow_route(p); ++i) {
  }
  std::erase_if(p.local, [](char c) { return c == '.' || c == ' '; });
  return p.local + "@" + p.host;
}

std::vector<std::string> limit_domains(const mailbox& of) {
  std::vector<std::string> out{of.host_text()};
  if (of.literal()) return out;
  const auto labels = split(out.front(), '.');
  const auto above = labels.size() > 2 ? labels.size() - 2 : 0;
  // The broadest ones, because nobody can make up names above their own.
  std::string_view name = out.front();
  std::vector<std::string> names;
  for (std::size_t i = 0; i < above; ++i) {
    name.remove_prefix(name.find('.') + 1);
    names.emplace_back(name);
  }
  const auto kept = std::min(names.size(), domains_above_max);
  out.insert(out.end(), names.end() - static_cast<std::ptrdiff_t>(kept), names.end());
  return out;
}

}  // namespace signpost::address
