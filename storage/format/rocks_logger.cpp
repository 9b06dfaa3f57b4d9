// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "storage/format/rocks_logger.hpp"

#include <array>
#include <cstdarg>
#include <cstdio>
#include <string_view>

#include "base/log.hpp"

namespace signpost::storage {
namespace {

const logger log_("storage.rocksdb");

class rocks_logger final : public rocksdb::Logger {
 public:
  rocks_logger() : Logger(rocksdb::InfoLogLevel::WARN_LEVEL) {}

  void Logv(const char* format, va_list arguments) override {
    Logv(rocksdb::InfoLogLevel::INFO_LEVEL, format, arguments);
  }
  void Logv(rocksdb::InfoLogLevel level, const char* format, va_list arguments) override {
    // HEADER, the highest level, lists options at every start.
    const bool wanted = level >= rocksdb::InfoLogLevel::WARN_LEVEL
                        && level <= rocksdb::InfoLogLevel::FATAL_LEVEL;
    if (!wanted) return;
    std::array<char, 1000> text{};
    const int size = std::vsnprintf(text.data(), text.size(), format, arguments);
    if (size <= 0) return;
    const std::string_view said(text.data());
    if (level == rocksdb::InfoLogLevel::WARN_LEVEL) {
      log_.debug("rocksdb.warning", {{"text", said}});
    } else {
      log_.warning("rocksdb.error", {{"text", said}});
    }
  }

 protected:
  rocksdb::Status CloseImpl() override { return rocksdb::Status::OK(); }
};

}  // namespace

std::shared_ptr<rocksdb::Logger> make_rocks_logger() {
  return std::make_shared<rocks_logger>();
}

}  // namespace signpost::storage
