// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Whom a message is from, as a part of larger values (base/value_format.hpp).
//
// Threads: any.
#pragma once

#include "base/value_format.hpp"
#include "model/authentication/author_facts.hpp"

namespace signpost::model {

/// There are `author_domains_kept_max` domains at most.
void write_author_facts(value_writer& w, const author_facts& a);
/// Refuses the value if there are more.
[[nodiscard]] author_facts read_author_facts(value_reader& r);

}  // namespace signpost::model
