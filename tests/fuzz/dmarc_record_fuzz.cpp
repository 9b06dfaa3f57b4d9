// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The first line is the value of From, the second the record at every name asked for.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.hpp"
#include "base/text.hpp"
#include "proto/dmarc/evaluation.hpp"

namespace signpost {
namespace {

void run(std::string_view text) {
  const auto lines = split(text, '\n');
  const std::string record(lines.size() > 1 ? lines[1] : std::string_view());
  const auto parsed = dmarc::parse_record(record);
  SP_ASSERT(!parsed || dmarc::is_dmarc_record(record));
  const auto read = dmarc::read_authors(std::span(lines).first(1));
  if (!read) return;
  const auto& authors = read->domains;
  dmarc::evaluation e({.from_domains = authors,
                       .spf_domain = "a." + authors.front(),
                       .dkim_domains = {"b.c." + authors.back(), "example.org"}});
  std::size_t questions = 0;
  while (const auto question = e.next_question()) {
    SP_ASSERT(++questions <= dmarc::questions_max);
    e.answer({.status = dns::status::records, .records = {{.text = record}}});
  }
  const auto& r = e.result();
  SP_ASSERT(r.disposition <= r.requested);
  SP_ASSERT(r.verdict == dmarc::verdict::fail || r.disposition == dmarc::policy::none);
}

}  // namespace
}  // namespace signpost

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  signpost::run({reinterpret_cast<const char*>(data), size});
  return 0;
}
