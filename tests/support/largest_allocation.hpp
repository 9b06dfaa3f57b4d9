// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// How much was asked for at once: for tests that a stranger's sizes cost nothing. A program that is
// linked with test_support_allocation has its `operator new` note it.
//
// Threads: any.
#pragma once

#include <atomic>
#include <cstddef>

namespace signpost::test {

/// Octets; tests set it to 0 before what they look at.
extern std::atomic<std::size_t> largest_allocation;

}  // namespace signpost::test
