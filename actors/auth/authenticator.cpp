// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/auth/authenticator.hpp"

namespace signpost::actors {

authenticator_actor::behavior_type authenticator(authenticator_actor::pointer) {
  return {
      [](const authenticate_request&) {
        return authenticate_response{model::authentication_results{}};
      },
      [](get_status) { return status_report{.actor = "authenticator", .numbers = {}}; },
  };
}

}  // namespace signpost::actors
