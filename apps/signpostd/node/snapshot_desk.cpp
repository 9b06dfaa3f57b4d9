// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/signpostd/node/snapshot_desk.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "base/log.hpp"
#include "storage/control/control_store.hpp"

namespace signpost {
namespace {

const logger log_("backup");

result<void> clear(const std::string& folder) {
  std::error_code failed;
  std::filesystem::remove_all(folder, failed);
  if (failed) return fail(errc::unavailable, folder + ": " + failed.message());
  return {};
}

}  // namespace

snapshot_desk::snapshot_desk(storage::spool& spool, model::control_store* config,
                             const std::string& data_dir)
    : spool_(spool), config_(config), folder_(data_dir + "/backup.tmp") {
  if (const auto cleared = clear(folder_); !cleared) {
    log_.warning("backup.leftover", {{"path", folder_}, {"error", cleared.error().context}});
  }
}

snapshot_desk::~snapshot_desk() {
  if (worker_.joinable()) worker_.join();
}

void snapshot_desk::make(std::function<void(result<api::snapshot_report>)> done) {
  const std::lock_guard lock(mutex_);
  if (busy_) return done(fail(errc::conflict, "a backup is already being made"));
  if (worker_.joinable()) worker_.join();
  busy_ = true;
  worker_ = std::thread([this, done = std::move(done)] {
    auto outcome = copy();
    if (outcome) {
      log_.info("backup.copied", {{"path", folder_}, {"messages", outcome->messages}});
    } else {
      log_.error("backup.failed", {{"error", to_string(outcome.error())}});
      // An incomplete copy is of no use to anybody.
      [[maybe_unused]] const auto cleared = clear(folder_);
    }
    {
      const std::lock_guard ended(mutex_);
      busy_ = false;
    }
    done(std::move(outcome));
  });
}

result<void> snapshot_desk::remove() {
  const std::lock_guard lock(mutex_);
  if (busy_) return fail(errc::conflict, "a backup is already being made");
  return clear(folder_);
}

result<api::snapshot_report> snapshot_desk::copy() const {
  SP_CHECK(clear(folder_));
  if (::mkdir(folder_.c_str(), 0700) != 0) {
    const auto code = errno == ENOSPC ? errc::no_space : errc::unavailable;
    return fail(code, folder_ + ": " + std::strerror(errno));
  }
  const auto totals = spool_.totals();
  SP_CHECK(spool_.copy_to(folder_));
  api::snapshot_report report{
      .path = folder_, .messages = totals.messages, .recipients = totals.envelopes};
  if (config_ != nullptr) SP_CHECK(storage::copy_control_store(*config_, folder_ + "/config"));
  return report;
}

}  // namespace signpost
