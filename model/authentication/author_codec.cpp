// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "model/authentication/author_codec.hpp"

#include <utility>

#include "base/assert.hpp"

namespace signpost::model {
namespace {

constexpr std::uint64_t flag_known = 1;
constexpr std::uint64_t flag_proven = 2;
constexpr std::uint64_t flag_anybody = 4;

}  // namespace

void write_author_facts(value_writer& w, const author_facts& a) {
  SP_ASSERT(a.domains.size() <= author_domains_kept_max);
  w.number((a.known ? flag_known : 0) | (a.proven ? flag_proven : 0)
           | (a.anybody ? flag_anybody : 0));
  w.number(a.domains.size());
  for (const auto& d : a.domains) w.text(d.name).text(d.organization);
}

author_facts read_author_facts(value_reader& r) {
  author_facts a;
  const auto flags = r.number();
  a.known = (flags & flag_known) != 0;
  a.proven = (flags & flag_proven) != 0;
  a.anybody = (flags & flag_anybody) != 0;
  const auto domains = r.number();
  if (domains > author_domains_kept_max) r.refuse();
  for (std::uint64_t i = 0; i < domains && r.good(); ++i) {
    auto name = r.text();
    a.domains.push_back({.name = std::move(name), .organization = r.text()});
  }
  return a;
}

}  // namespace signpost::model
