// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What a call costs: CPU time of the calling thread, and by how much the memory in use grew at its
// peak. Memory is what passes through operator new and delete, which this library replaces; what
// OpenSSL allocates for itself is not in it.
//
// Time is told in units that do not depend on the machine: the time in which SHA-256 takes in the
// same octets, and the time of one RSA-2048 verification.
//
// Threads: one.
#pragma once

#include <cstddef>
#include <functional>

namespace signpost::bench {

/// What was used.
struct cost {
  double cpu_s = 0;
  std::size_t peak_octets = 0;
};

/// Runs `what` `times` times; the least time, and the largest growth.
cost measure(const std::function<void()>& what, int times);

/// The units of this machine, now.
struct units {
  double hash_s_per_octet = 0;  ///< SHA-256
  double verify_s = 0;          ///< RSA-2048, exponent 65537
};
units measure_units();

}  // namespace signpost::bench
