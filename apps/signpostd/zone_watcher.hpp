// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The thread that checks zones' ownership, because that waits for the DNS.
//
// Threads: created and destroyed by one; the check in progress ends first.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "api/frame/rest_call.hpp"
#include "monitoring/families.hpp"

namespace signpost {

class zone_watcher {
 public:
  zone_watcher(std::shared_ptr<const api::rest_world> world, monitoring::metrics& metrics);
  ~zone_watcher();
  zone_watcher(const zone_watcher&) = delete;
  zone_watcher& operator=(const zone_watcher&) = delete;

 private:
  void run();

  std::shared_ptr<const api::rest_world> world_;
  monitoring::metrics& metrics_;
  std::mutex mutex_;
  std::condition_variable ended_;
  bool ending_ = false;  // guarded by mutex_
  std::thread thread_;   // the last: it uses the others
};

}  // namespace signpost
