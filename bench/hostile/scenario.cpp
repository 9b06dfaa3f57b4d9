// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "bench/hostile/scenario.hpp"

#include <utility>

#include "base/assert.hpp"
#include "base/text.hpp"
#include "model/authentication/authentication.hpp"
#include "proto/authres/authentication_results.hpp"
#include "proto/imf/message_view.hpp"

namespace signpost::bench {
namespace {

constexpr std::string_view our_name = "mx.example.net";

std::size_t octets_of(const dns::answer& a) {
  std::size_t octets = 0;
  for (const auto& r : a.records) octets += 16 + r.name.size() + r.text.size() + r.rdata.size();
  return octets;
}

}  // namespace

hostile_zone& hostile_zone::add(std::string_view name, dns::record_type type, dns::record what) {
  records_[{to_lower(name), type}].push_back(std::move(what));
  return *this;
}

hostile_zone& hostile_zone::add_txt(std::string_view name, std::string_view text) {
  return add(name, dns::record_type::txt, {.text = std::string(text)});
}

hostile_zone& hostile_zone::otherwise(std::function<dns::answer(const dns::question&)> make) {
  otherwise_ = std::move(make);
  return *this;
}

dns::answer hostile_zone::operator()(const dns::question& q) const {
  dns::answer out{.status = dns::status::nxdomain};
  if (const auto found = records_.find({to_lower(q.name), q.type}); found != records_.end()) {
    out.status = dns::status::records;
    out.records = found->second;
  } else if (otherwise_) {
    out = otherwise_(q);
  }
  given_ += octets_of(out);
  return out;
}

void check_everything(const sent& what) {
  what.zone.forget();
  static const model::authentication_options options{.authserv_id = std::string(our_name)};
  model::authentication check({.client = ip_address::parse("192.0.2.7").value(),
                               .helo = what.helo,
                               .sender = what.sender,
                               .octets = what.message,
                               .now = wall_time{seconds{1'790'000'000}}},
                              options);
  for (auto open = check.next_questions(); !open.empty(); open = check.next_questions()) {
    for (const auto& q : open) check.answer(q, what.zone(q));
  }
  SP_ASSERT(check.finished());
  const imf::message_view view(what.message);
  for (const auto& field : view.find_all("Authentication-Results")) {
    (void)authres::claims_to_be_ours(field.value, our_name);
  }
}

}  // namespace signpost::bench
