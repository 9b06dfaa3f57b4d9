// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/signpostd/room_wait.hpp"

#include <vector>

#include "base/log.hpp"
#include "storage/control/control_store.hpp"
#include "storage/format/volume.hpp"
#include "storage/spool/space_reserve.hpp"
#include "storage/spool/spool_options.hpp"

namespace signpost {
namespace {

const logger log_("signpostd");

}  // namespace

std::string why_no_room(const daemon_settings& s) {
  const auto spool = spool_options_of(s);
  std::vector<std::string> stores{spool.path};
  if (s.api.from_store()) stores.push_back(control_store_options_of(s).path);
  auto why = storage::why_no_room_to_open(s.data_dir, stores);
  if (!why.empty() && storage::space_reserve::give_up(storage::reserve_path_of(spool))) {
    why = storage::why_no_room_to_open(s.data_dir, stores);
  }
  return why;
}

room_wait::room_wait(const daemon_settings& s, const std::string& why) : pages_(s, "spool", why) {
  pages_.metrics().spool.state.show_state("full");
  log_.error(
      "node.no_room",
      {{"reason", why}, {"hint", "no mail is accepted; the node continues when there is space"}});
}

}  // namespace signpost
