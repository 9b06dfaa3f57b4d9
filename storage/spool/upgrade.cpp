// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "storage/spool/upgrade.hpp"

#include <array>
#include <string>

#include "base/log.hpp"

namespace signpost::storage {
namespace {

const logger log_("storage.upgrade");

/// Step `i` leads from version `i + 1` to `i + 2`.
using upgrade_step = result<void> (*)(database&);

/// 1 to 2: envelopes of version 1 are read as such and become new ones when they are next written.
result<void> allow_fallbacks(database& /*database*/) {
  return {};
}

/// 2 to 3: undivided messages stay undivided.
result<void> allow_parts(database& /*database*/) {
  return {};
}

/// 3 to 4: the old log is moved when the spool is opened, now or when there is space for it.
result<void> allow_a_log_apart(database& /*database*/) {
  return {};
}

constexpr std::array<upgrade_step, schema::version - 1> steps{allow_fallbacks, allow_parts,
                                                              allow_a_log_apart};

}  // namespace

result<void> upgrade_schema(database& database) {
  SP_TRY(const auto stored, database.meta_number(schema::meta::schema_version));
  if (!stored) return database.put_meta_number(schema::meta::schema_version, schema::version);
  if (*stored > schema::version) {
    return fail(errc::malformed, "the spool has schema version " + std::to_string(*stored)
                                     + ", and this program supports up to "
                                     + std::to_string(schema::version) + ": run a newer version");
  }
  if (*stored == 0) return fail(errc::corrupt, "the spool has schema version 0");
  for (auto version = *stored; version < schema::version; ++version) {
    log_.info("spool.upgrade", {{"from", version}, {"to", version + 1}});
    SP_CHECK(steps.at(version - 1)(database));
    SP_CHECK(database.put_meta_number(schema::meta::schema_version, version + 1));
  }
  return {};
}

}  // namespace signpost::storage
