// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What the node keeps in its data directory in addition to the spool: SRS secrets and the
// self-signed certificate. Files are created owner-only, completely or not at all, and never
// overwritten.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "apps/signpostd/daemon_settings.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "net/tls/tls_context.hpp"
#include "proto/srs/rewriter.hpp"

namespace signpost {

/// Creates the directory (0700) if it does not exist. errc::denied tells why it cannot be used.
result<void> prepare_data_directory(const std::string& path);

/// The secrets of srs.secret_file; creates the default file with one random secret if it does not
/// exist. errc::malformed names file and line of a secret that is too short.
result<srs::options> load_srs_options(const daemon_settings& s, random_source& random);

/// The certificate files to serve: those in the settings, or a self-signed pair created here.
result<net::tls_key_pair_files> prepare_certificate(const daemon_settings& s);

}  // namespace signpost
