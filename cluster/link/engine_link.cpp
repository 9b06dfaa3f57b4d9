// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "cluster/link/engine_link.hpp"

#include <utility>

namespace signpost::cluster::link {

void engine_link::on_note(kind_number kind, kind_rules rules, note_handler handler) {
  post_([this, kind, rules, handler = std::move(handler)] {
    engine_.on_note(kind, rules, handler);
  });
}

void engine_link::on_request(kind_number kind, kind_rules rules, request_handler handler) {
  post_([this, kind, rules, handler = std::move(handler)] {
    engine_.on_request(kind, rules, handler);
  });
}

void engine_link::monitor(monitor_function changed) {
  post_([this, changed = std::move(changed)] { engine_.monitor(changed); });
}

void engine_link::set_members(std::vector<member> members) {
  post_([this, members = std::move(members)] { engine_.set_members(members); });
}

void engine_link::set_removed(std::vector<std::string> node_ids, std::vector<std::string> names) {
  post_([this, node_ids = std::move(node_ids), names = std::move(names)] {
    engine_.set_removed(node_ids, names);
  });
}

void engine_link::send(node_number to, kind_number kind, std::string octets) {
  post_([this, to, kind, octets = std::move(octets)] { engine_.send(to, kind, octets); });
}

void engine_link::request(node_number to, outgoing_request what, answered done) {
  // A function may be copied, what is in it is moved out once.
  auto held = std::make_shared<outgoing_request>(std::move(what));
  post_([this, to, held = std::move(held), done = std::move(done)] {
    engine_.request(to, std::move(*held), done);
  });
}

void engine_link::states(std::function<void(std::vector<peer_state>)> done) {
  post_([this, done = std::move(done)] { done(engine_.states()); });
}

}  // namespace signpost::cluster::link
