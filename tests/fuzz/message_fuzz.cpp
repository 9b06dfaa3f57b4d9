// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// A whole message: its header section and fields, what is asked about it, and the fields that we
// write from what strangers said.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.hpp"
#include "base/limits.hpp"
#include "base/text.hpp"
#include "proto/imf/fields.hpp"
#include "proto/imf/message_view.hpp"
#include "proto/imf/received.hpp"
#include "proto/imf/traits.hpp"
#include "tests/fuzz/input.hpp"

namespace signpost {
namespace {

bool has_line_end(std::string_view text) {
  return text.find_first_of("\r\n") != std::string_view::npos;
}

void check_value(std::string_view value) {
  const auto line = imf::unfold(value);
  SP_ASSERT(!has_line_end(line) && imf::unfold(line) == line);
  SP_ASSERT(!has_line_end(imf::without_comments(value)));
  for (const bool utf8 : {false, true}) {
    const auto clean = imf::one_line(value, utf8);
    SP_ASSERT(imf::one_line(clean, utf8) == clean);
    SP_ASSERT(utf8 || is_ascii(clean));
    const auto field = imf::folded_field("X-Name", clean);
    SP_ASSERT(fuzz::is_one_field(field));
    SP_ASSERT(imf::max_line_octets(field) <= imf::line_octets_max);
    const imf::message_view again(field);
    SP_ASSERT(again.fields().size() == 1 && again.fields().front().whole == field);
    SP_ASSERT(clean.size() > imf::line_octets_max / 2 || again.text("x-name") == clean);
  }
}

// The wholes of the fields are the header section, but for a line that a mailbox file puts before
// the first; each is its name, a colon and its value.
void check_view(const imf::message_view& view) {
  const auto octets = view.octets();
  SP_ASSERT(view.fields().size() <= imf::header_fields_max);
  SP_ASSERT(view.header_section().size() <= limits::header_octets_max);
  SP_ASSERT(view.header_section().size() <= view.body_offset());
  SP_ASSERT(view.body_offset() <= octets.size());
  const auto& fields = view.fields();
  auto at = fields.empty() ? view.header_section().size()
                           : static_cast<std::size_t>(fields[0].whole.data() - octets.data());
  SP_ASSERT(at == 0 || octets.starts_with("From ") || octets.starts_with(">From "));
  for (const auto& field : fields) {
    SP_ASSERT(field.whole.data() == octets.data() + at);
    at += field.whole.size();
    SP_ASSERT(field.whole.starts_with(field.name));
    SP_ASSERT(field.name.find_first_of(" \t:\r\n") == std::string_view::npos);
    SP_ASSERT(field.name.size() + 1 + field.value.size() <= field.whole.size());
    SP_ASSERT(view.find(field.name) != nullptr);
  }
  SP_ASSERT(at == view.header_section().size());
}

void check_traits(const imf::message_view& view) {
  SP_ASSERT(imf::received_by_host_count(view, "mx.example") <= imf::count_received(view));
  SP_ASSERT(imf::count_received(view) == view.find_all("received").size());
  SP_ASSERT(imf::has_eight_bit(view.octets()) != is_ascii(view.octets()));
  SP_ASSERT(imf::max_line_octets(view.octets()) <= view.octets().size());
  (void)imf::is_auto_submitted(view);
  (void)imf::is_list_mail(view);
  (void)imf::has_bare_line_ends(view.octets());
}

void check_received(std::string_view text) {
  fuzz::input in(text);
  for (const bool smtputf8 : {false, true}) {
    const imf::received_info info{
        .helo = std::string(in.line()),
        .client_name = std::string(in.line()),
        .by_host = "mx.example",
        .protocol = smtputf8 ? "UTF8SMTPS" : "ESMTPS",
        .queue_id = "q1",
        .for_recipient = std::string(in.line()),
        .date = "Mon, 23 Nov 2026 20:46:00 +0000"};
    const auto field = imf::received_field(info);
    SP_ASSERT(fuzz::is_one_field(field) && (smtputf8 || is_ascii(field)));
    SP_ASSERT(imf::max_line_octets(field) <= imf::line_octets_max);
    const imf::message_view view(field);
    SP_ASSERT(view.fields().size() == 1);
    SP_ASSERT(imf::received_by_host_count(view, "mx.example") == 1);
  }
}

void run(std::string_view text) {
  const imf::message_view view(text);
  check_view(view);
  check_view(imf::message_view(text, imf::line_ends::lf));
  check_traits(view);
  for (const auto& field : view.fields()) check_value(field.value);
  check_value(text);
  check_received(text);
}

}  // namespace
}  // namespace signpost

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  signpost::run({reinterpret_cast<const char*>(data), size});
  return 0;
}
