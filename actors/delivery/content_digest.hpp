// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The digest of a message that is not in memory as a whole: of its parts, the rest of each read
// piece by piece (base/body_rest.hpp).
//
// Threads: any. Limits: one piece is in memory.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/body.hpp"
#include "base/result.hpp"

namespace signpost::actors {

/// SHA-256 over all parts, in hexadecimal. `done` is called once, on any thread, perhaps inside
/// this call; errc::corrupt: a rest cannot be read.
void digest_content(std::vector<body_ptr> content, std::function<void(result<std::string>)> done);

}  // namespace signpost::actors
