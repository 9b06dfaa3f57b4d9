// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Signs the messages of a load beforehand: one DKIM signature over what they have in common (From,
// To, Date, MIME-Version, Content-Type and the body) holds for all of them.
//
// Threads: pure functions.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "proto/crypto/keys.hpp"

namespace signpost::bench {

struct dkim_identity {
  std::string domain;
  std::string selector;
  std::shared_ptr<const crypto::signing_key> key;
};

/// The DKIM-Signature field for messages of `run` with `body` as `make_body` makes it. Its size
/// does not depend on the body. errc as of dkim::sign.
result<std::string> sign_load(const dkim_identity& with, std::string_view run,
                              std::string_view body);

}  // namespace signpost::bench
