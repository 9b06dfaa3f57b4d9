// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The addresses of this machine that belong to this node.
#pragma once

#include <string>
#include <vector>

#include "base/ip.hpp"

namespace signpost {

/// The addresses at which mail reaches this node: those of `listen` (ADDRESS:PORT), or every
/// address of the machine if one of them means all. Other addresses of the machine may belong to
/// another server.
[[nodiscard]] std::vector<ip_address> own_addresses(const std::vector<std::string>& listen);

}  // namespace signpost
