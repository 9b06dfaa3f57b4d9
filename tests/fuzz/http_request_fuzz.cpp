// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Requests to the client API, before anybody has shown a token: whatever comes, however it is cut
// into pieces, the same requests are read from it, and each is within the limits. The input is: how
// it is cut, the octets of a connection.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/assert.hpp"
#include "net/http/http_request_parser.hpp"
#include "tests/fuzz/input.hpp"

namespace signpost {
namespace {

constexpr net::http_request_limits limits{.header_octets_max = 512, .body_octets_max = 1024};

/// What a connection came to: every request in one line, then why it ended.
using reading = std::vector<std::string>;

bool is_one_line(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

std::string text_of(const net::http_request& r) {
  SP_ASSERT(r.path == "*" || r.path.starts_with('/'));
  SP_ASSERT(is_one_line(r.path) && is_one_line(r.query));
  SP_ASSERT(r.body.size() <= limits.body_octets_max);
  SP_ASSERT(r.headers.size() <= net::http_fields_max);
  std::string out = r.method + " " + r.path + "?" + r.query;
  for (const auto& [name, value] : r.headers) {
    SP_ASSERT(!name.empty() && is_one_line(name) && is_one_line(value));
    out += "\n" + name + ":" + value;
  }
  return out + "\n\n" + r.body;
}

reading read_in_pieces(std::string_view octets, std::size_t piece) {
  reading out;
  net::http_request_parser parser(limits);
  while (!octets.empty()) {
    const auto given = octets.substr(0, piece);
    const auto taken = parser.feed(given);
    SP_ASSERT(taken <= given.size());
    SP_ASSERT(!parser.waiting() || taken == given.size());
    SP_ASSERT(parser.held() <= 8 * (limits.header_octets_max + limits.body_octets_max));
    octets.remove_prefix(taken);
    if (const auto& refused = parser.refusal()) {
      SP_ASSERT(refused->status >= 400 && refused->status <= 505 && !parser.complete());
      out.push_back(std::to_string(refused->status) + " " + std::string(refused->reason));
      return out;
    }
    if (!parser.complete()) continue;
    const bool more = parser.keep_alive();
    out.push_back(text_of(parser.take()));
    if (!more) return out;
  }
  return out;
}

int run(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::string_view octets(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto whole = read_in_pieces(octets, std::max<std::size_t>(octets.size(), 1));
  SP_ASSERT(read_in_pieces(octets, 1) == whole);
  SP_ASSERT(read_in_pieces(octets, 2 + data[0] % 61) == whole);
  return 0;
}

}  // namespace
}  // namespace signpost

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return signpost::run(data, size);
}
