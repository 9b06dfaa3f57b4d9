// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The transcripts of tests/data/smtp; their lines are explained in the README there.
#pragma once

#include <string>
#include <vector>

namespace signpost::smtp::testing {

struct transcript_step {
  std::string kind;  ///< `C`, `C+`, `S`, `E`, `A`, `T`, `M`, `Q`, `X`
  std::string text;
};

/// The steps of one file, escapes resolved (not in E, which shows them).
std::vector<transcript_step> read_transcript(const std::string& path);
/// All transcripts of `folder` below tests/data/smtp, sorted.
std::vector<std::string> transcripts(const std::string& folder);

}  // namespace signpost::smtp::testing
