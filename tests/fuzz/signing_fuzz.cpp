// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What is signed and sealed verifies; with another octet in what was signed it does not. The input
// is: options, the place of the other octet, the message.
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/assert.hpp"
#include "proto/arc/sealer.hpp"
#include "proto/arc/verifier.hpp"
#include "proto/dkim/signer.hpp"
#include "proto/dkim/verifier.hpp"
#include "tests/fuzz/input.hpp"

namespace signpost {
namespace {

constexpr wall_time now{seconds{1'790'000'000}};

const std::shared_ptr<const crypto::signing_key>& signing_key() {
  static const auto key = std::make_shared<const crypto::signing_key>(
      crypto::signing_key::ed25519_from_seed(std::string(crypto::ed25519_octets, 'k')).value());
  return key;
}

const dkim::found_key& published_key() {
  static const auto key =
      dkim::read_key({.status = dns::status::records,
                      .records = {{.text = dkim::key_record_text(signing_key()->public_half())}}});
  return key;
}

// The first signature of the message is ours.
bool first_signature_passes(std::string_view message) {
  const imf::message_view view(message);
  dkim::message_hasher hasher(view);
  dkim::verifier verifier(hasher);
  for (const auto& name : verifier.questions()) verifier.answer(name, published_key());
  const auto got = verifier.finish(now);
  return !got.signatures.empty() && got.signatures.front().domain == "example.org"
         && got.signatures.front().verdict == dkim::verdict::pass;
}

arc::validation validate(std::string_view message) {
  const imf::message_view view(message);
  dkim::message_hasher hasher(view);
  arc::verifier verifier(hasher);
  for (const auto& name : verifier.questions()) verifier.answer(name, published_key());
  return verifier.finish(now);
}

std::string relaxed_body_of(std::string_view message) {
  std::string out;
  dkim::relaxed_body body;
  const auto sink = [&](std::string_view piece) { out += piece; };
  body.update(imf::message_view(message).body(), sink);
  body.finish(sink);
  return out;
}

void check_dkim(std::string_view message, std::uint8_t choice, std::uint8_t place) {
  const imf::message_view view(message);
  dkim::message_hasher hasher(view);
  const auto form = [&](unsigned bit) {
    return (choice & bit) != 0 ? dkim::canonicalization::simple : dkim::canonicalization::relaxed;
  };
  const auto field = dkim::sign(hasher,
                                {.domain = "example.org",
                                 .selector = "s",
                                 .key = signing_key(),
                                 .canonicalization = {form(1), form(2)}},
                                now);
  if (!field) return;
  SP_ASSERT(fuzz::is_one_field(*field));
  const auto signed_message = *field + std::string(message);
  SP_ASSERT(first_signature_passes(signed_message));

  auto changed = signed_message;
  const auto body = changed.size() - view.body().size();
  if (body == changed.size()) return;
  auto& octet = changed[body + place % (changed.size() - body)];
  octet = octet == 'x' ? 'y' : 'x';
  if (relaxed_body_of(changed) != relaxed_body_of(signed_message)) {
    SP_ASSERT(!first_signature_passes(changed));
  }
}

void check_arc(std::string_view message) {
  auto sealed = std::string(message);
  for (int hop = 0; hop < 2; ++hop) {
    const auto before = validate(sealed);
    const imf::message_view view(sealed);
    dkim::message_hasher hasher(view);
    const auto set =
        arc::seal_message(hasher, before.status, "mx.example.org; none",
                          {.domain = "example.org", .selector = "s", .key = signing_key()}, now);
    if (!set) return;
    sealed = set->text() + sealed;
    const auto after = validate(sealed);
    SP_ASSERT(after.highest == before.highest + 1);
    SP_ASSERT((after.status == arc::chain_status::pass)
              == (before.status != arc::chain_status::fail));
  }
}

void run(std::string_view text) {
  fuzz::input in(text);
  const auto choice = in.octet();
  const auto place = in.octet();
  const imf::message_view view(in.rest());
  // Line ends that are not those of our fields, a first line that is no field (as mailbox files
  // have it) and limits of a header section are read in another way below a field of ours.
  if (view.fields().empty() || view.ends() != imf::line_ends::lf) return;
  if (view.fields().front().whole.data() != in.rest().data()) return;
  if (view.fields().size() > imf::header_fields_max - 20) return;
  check_dkim(in.rest(), choice, place);
  check_arc(in.rest());
}

}  // namespace
}  // namespace signpost

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  signpost::run({reinterpret_cast<const char*>(data), size});
  return 0;
}
