// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// `SP_ASSERT(x)`: an invariant of our own code. It stays on in release builds, prints where it
// broke and ends the process: a node that no longer knows its own state must not continue to handle
// mail.
#pragma once

namespace signpost {
/// Prints the broken invariant and a stack to standard error and aborts.
[[noreturn]] void assertion_failed(const char* what, const char* file, int line);
}  // namespace signpost

#define SP_ASSERT(condition)                                             \
  do {                                                                   \
    if (!(condition)) [[unlikely]] {                                     \
      ::signpost::assertion_failed(#condition, __FILE__, __LINE__);      \
    }                                                                    \
  } while (false)
