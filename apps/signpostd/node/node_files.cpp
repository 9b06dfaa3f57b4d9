// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/signpostd/node/node_files.hpp"

#include <utility>

#include "apps/signpostd/data_directory.hpp"
#include "base/log.hpp"

namespace signpost {
namespace {

const logger log_("signpostd");

}  // namespace

void node_files::look() {
  if (log_is_lost_) reopen_log();
  parts_.config->look_for_changes();
  refresh_certificate();
  parts_.signing->refresh();
  parts_.signing->look_for_records(*parts_.resolver);
}

void node_files::reload() {
  reopen_log();
  log_.info("node.reload", {});
  parts_.config->reload();
  refresh_certificate();
  parts_.signing->refresh();
  refresh_srs();
}

void node_files::refresh_certificate() {
  const auto changed = parts_.certificate->reload_if_changed();
  if (!changed) {
    log_.error("tls.reload_failed", {{"error", to_string(changed.error())},
                                     {"hint", "the previous certificate stays in use"}});
  } else if (*changed) {
    log_.info("tls.reloaded", {});
  }
}

void node_files::refresh_srs() {
  if (auto srs = load_srs_options(*parts_.settings, *parts_.random)) {
    parts_.srs->replace(std::move(*srs));
  } else {
    log_.error("srs.reload_failed",
               {{"error", to_string(srs.error())}, {"hint", "the previous secrets stay in use"}});
  }
}

// Until it works: the old file may have been moved away, and nobody looks there.
void node_files::reopen_log() {
  const auto trouble = configure_logging(log_options_of(*parts_.settings));
  log_is_lost_ = !trouble.empty();
  if (log_is_lost_) {
    log_.error("log.reopen_failed", {{"error", trouble}, {"hint", "it will be retried"}});
  }
}

}  // namespace signpost
