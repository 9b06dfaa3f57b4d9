// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The node while its disk has no room to open the stores: it accepts no mail (its SMTP port is
// closed, so clients try again later), reports the reason in its health, and checks again.
//
// Threads: one.
#pragma once

#include <string>

#include "apps/signpostd/daemon_settings.hpp"
#include "apps/signpostd/health_only.hpp"

namespace signpost {

/// Why the stores cannot be opened now; empty if they can. The reserve is released before this is
/// reported.
std::string why_no_room(const daemon_settings& s);

class room_wait {
 public:
  room_wait(const daemon_settings& s, const std::string& why);

  void tell(const std::string& why) { pages_.tell(why); }

 private:
  health_only pages_;
};

}  // namespace signpost
