// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Bodies in pieces come out as in one, and as the words of RFC 6376 §3.4 make them; what is
// canonical already stays as it is.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/assert.hpp"
#include "base/text.hpp"
#include "proto/dkim/canonicalization.hpp"
#include "tests/fuzz/input.hpp"

namespace signpost {
namespace {

template <typename Body>
std::string canonical(std::string_view text, std::uint64_t seed) {
  std::string out;
  Body body;
  const auto sink = [&](std::string_view piece) { out += piece; };
  fuzz::in_pieces(text, seed, [&](std::string_view piece) { body.update(piece, sink); });
  body.finish(sink);
  return out;
}

// The lines between CRLFs; the last is what follows the last CRLF.
std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  for (;;) {
    const auto end = text.find("\r\n");
    lines.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return lines;
    text.remove_prefix(end + 2);
  }
}

std::string relaxed_line(std::string_view line) {
  std::string out;
  for (const char c : line) {
    const bool blank = c == ' ' || c == '\t';
    if (!blank || !out.ends_with(' ')) out.push_back(blank ? ' ' : c);
  }
  if (out.ends_with(' ')) out.pop_back();
  return out;
}

// The same, slowly: RFC 6376 §3.4.3 and §3.4.4 step by step.
std::string slowly(std::string_view text, bool relaxed) {
  auto lines = lines_of(text);
  if (relaxed) {
    for (auto& line : lines) line = relaxed_line(line);
  }
  while (!lines.empty() && lines.back().empty()) lines.pop_back();
  std::string out;
  for (const auto& line : lines) out += line + "\r\n";
  return out.empty() && !relaxed ? "\r\n" : out;
}

void run(std::string_view text) {
  fuzz::input in(text);
  const std::uint64_t seed = in.octet();
  const auto simple = canonical<dkim::simple_body>(in.rest(), 0);
  const auto relaxed = canonical<dkim::relaxed_body>(in.rest(), 0);
  SP_ASSERT(simple == slowly(in.rest(), false));
  SP_ASSERT(relaxed == slowly(in.rest(), true));
  for (const auto other : {seed, std::uint64_t{1}}) {
    SP_ASSERT(canonical<dkim::simple_body>(in.rest(), other) == simple);
    SP_ASSERT(canonical<dkim::relaxed_body>(in.rest(), other) == relaxed);
  }
  SP_ASSERT(canonical<dkim::simple_body>(simple, seed) == simple);
  SP_ASSERT(canonical<dkim::relaxed_body>(relaxed, seed) == relaxed);

  const auto colon = in.rest().find(':');
  if (colon == std::string_view::npos) return;
  const auto field = dkim::relaxed_field(in.rest().substr(0, colon), in.rest().substr(colon + 1));
  const auto again = std::string_view(field);
  const auto end = again.find(':');
  SP_ASSERT(dkim::relaxed_field(again.substr(0, end), again.substr(end + 1)) == field);
  (void)dkim::parse_canonicalization(in.rest());
}

}  // namespace
}  // namespace signpost

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  signpost::run({reinterpret_cast<const char*>(data), size});
  return 0;
}
