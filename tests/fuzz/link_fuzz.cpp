// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What another node, or whoever has its certificate, can send: a hello, a certificate's URI, and
// frames in pieces. The first octet of the input says which; with frames, also whether a hello goes
// before them and for which kind of connection.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.hpp"
#include "base/log.hpp"
#include "tests/fuzz/input.hpp"
#include "tests/support/fake_link_network.hpp"

namespace {

namespace link = signpost::cluster::link;
using signpost::milliseconds;

void read_hello(std::string_view octets) {
  const auto got = link::decode_hello(octets);
  if (got) SP_ASSERT(link::decode_hello(link::encode(*got)) == got);
}

void read_uri(std::string_view octets) {
  const std::string uri(octets);
  const auto got = link::read_identity({&uri, 1});
  if (!got) return;
  const auto again = link::identity_uri(*got);
  SP_ASSERT(link::read_identity({&again, 1}) == got);
}

std::string greeting(const link::node_facts& there, link::lane use) {
  auto node = there;
  node.number = 1;
  node.name = "node-1";
  node.node_id.back() = 'f';
  std::string out;
  link::append_frame(out, {.type = link::frame_type::hello},
                     link::encode(link::hello{.node = node, .use = use, .requests_max = 4,
                                              .body_window = 1 << 20}));
  return out;
}

void speak(std::string_view octets, unsigned how) {
  signpost::test::fake_link_network network({.incoming_octets = 1U << 20});
  network.add({.number = 2});
  auto& engine = network.engine(2);
  engine.on_note(1, {}, [](link::node_number, std::string_view) {});
  engine.on_request(1, {}, [](link::incoming_request q) {
    q.answer(q.octets);
    if (q.body) q.body->read([](const std::string&) {}, [](const auto&) {});
  });
  engine.set_members({{.number = 1, .name = "node-1"}});
  auto who = network.identity_of(2);
  who.name = "node-1";
  const auto peer = network.connect(2, who);
  if (how % 4 < 3) peer->send(greeting(engine.us(), static_cast<link::lane>(how % 4)));
  signpost::fuzz::in_pieces(octets, how / 4, [&](std::string_view piece) {
    peer->send(piece);
    network.advance(milliseconds(0));
  });
  network.advance(milliseconds(1'100));
  SP_ASSERT(engine.incoming_octets() <= 1U << 20);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto quiet = signpost::configure_logging({.level = signpost::log_level::off});
  SP_ASSERT(quiet.empty());
  signpost::fuzz::input in({reinterpret_cast<const char*>(data), size});
  const auto choice = in.octet();
  if (choice % 8 == 0) {
    read_hello(in.rest());
  } else if (choice % 8 == 1) {
    read_uri(in.rest());
  } else {
    speak(in.rest(), choice / 8);
  }
  return 0;
}
