// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The version of this build, from the project's CMakeLists.txt.
#pragma once

#include <string_view>

namespace signpost {
inline constexpr std::string_view program_version = SIGNPOST_VERSION;
}  // namespace signpost
