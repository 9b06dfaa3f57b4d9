// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The `node_link` of an engine, for callers on any thread.
//
//     engine_link link(engine, port.posts());
//
// Threads: any. Lifetime: what is called after the engine's end is dropped, and so is `done`.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cluster/link/link_engine.hpp"
#include "cluster/link/node_link.hpp"

namespace signpost::cluster::link {

class engine_link final : public node_link {
 public:
  engine_link(link_engine& engine, poster post) : engine_(engine), post_(std::move(post)) {}

  void on_note(kind_number kind, kind_rules rules, note_handler handler) override;
  void on_request(kind_number kind, kind_rules rules, request_handler handler) override;
  void monitor(monitor_function changed) override;
  void set_members(std::vector<member> members) override;
  void set_removed(std::vector<std::string> node_ids, std::vector<std::string> names) override;
  void send(node_number to, kind_number kind, std::string octets) override;
  void request(node_number to, outgoing_request what, answered done) override;
  void states(std::function<void(std::vector<peer_state>)> done) override;

 private:
  link_engine& engine_;
  const poster post_;
};

}  // namespace signpost::cluster::link
