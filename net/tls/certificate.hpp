// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What an operator needs to know about a certificate.
//
// Threads: functions of their arguments and the disk.
#pragma once

#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace signpost::net {

/// When the first certificate of a PEM file expires (RFC 5280 §4.1.2.5). errc::not_found or
/// errc::denied if the file cannot be read, errc::malformed if there is no certificate in it.
result<wall_time> certificate_expiry(const std::string& path);

}  // namespace signpost::net
