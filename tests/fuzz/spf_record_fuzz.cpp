// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The first line is the sender, the second what every TXT question is answered with for ever, each
// further line a record: it is a host, a name of the client, an address, whichever is asked for.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/assert.hpp"
#include "base/text.hpp"
#include "proto/spf/evaluation.hpp"
#include "proto/spf/received_spf.hpp"

namespace signpost {
namespace {

dns::answer answer_from(const std::vector<std::string_view>& lines, const dns::question& q) {
  dns::answer a{.status = dns::status::records};
  if (q.type == dns::record_type::txt) {
    if (lines.size() > 1) a.records.push_back({.text = std::string(lines[1])});
    return a;
  }
  for (std::size_t i = 2; i < lines.size(); ++i) {
    const auto address = ip_address::parse(lines[i]);
    a.records.push_back({.address = address.value_or(ip_address()), .name = std::string(lines[i])});
  }
  if (a.records.empty()) a.status = dns::status::nxdomain;
  return a;
}

void run(std::string_view text) {
  const auto lines = split(text, '\n');
  const spf::check_request request{.client = *ip_address::parse("192.0.2.1"),
                                   .helo = "mx.example.org",
                                   .sender = std::string(lines.front())};
  spf::evaluation e(request);
  unsigned questions = 0;
  while (const auto question = e.next_question()) {
    SP_ASSERT(++questions <= spf::questions_max);
    SP_ASSERT(spf::is_dns_name(question->name));
    e.answer(answer_from(lines, *question));
  }
  const auto& r = e.result();
  SP_ASSERT(r.explanation.size() <= spf::explanation_octets_max && is_ascii(r.explanation));
  // One field: each line end inside is followed by a blank.
  const auto field = spf::received_spf_field(request, r, "mx.example.net");
  for (std::size_t i = 0; i + 2 < field.size(); ++i) {
    SP_ASSERT(field[i] != '\n' || field[i + 1] == ' ');
  }
}

}  // namespace
}  // namespace signpost

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  signpost::run({reinterpret_cast<const char*>(data), size});
  return 0;
}
