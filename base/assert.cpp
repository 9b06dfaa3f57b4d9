// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "base/assert.hpp"

#include <execinfo.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>

#include "base/log.hpp"

namespace signpost {

void assertion_failed(const char* what, const char* file, int line) {
  std::fprintf(stderr, "signpost: assertion failed: %s (%s:%d)\n", what, file, line);
  std::array<void*, 64> frames{};
  const int count = backtrace(frames.data(), static_cast<int>(frames.size()));
  backtrace_symbols_fd(frames.data(), count, STDERR_FILENO);
  flush_logs();
  std::abort();
}

}  // namespace signpost
