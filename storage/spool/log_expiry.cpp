// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "storage/spool/log_expiry.hpp"

#include <algorithm>
#include <utility>

#include "storage/spool/schema.hpp"

namespace signpost::storage {
namespace {

/// Drops every key of `log` whose event happened before `oldest_kept`. All three kinds of keys have
/// the time, so an event and its indexes follow the same rule, in whatever order files are
/// processed.
class log_expiry final : public rocksdb::CompactionFilter {
 public:
  explicit log_expiry(std::uint64_t oldest_kept) : oldest_kept_(oldest_kept) {}
  [[nodiscard]] const char* Name() const override { return "signpost.log_expiry"; }
  bool Filter(int, const rocksdb::Slice& key, const rocksdb::Slice&, std::string*,
              bool*) const override {
    const auto position = schema::parse_log_key(key.ToStringView());
    return position && position->time < oldest_kept_;
  }

 private:
  std::uint64_t oldest_kept_;
};

class log_expiry_factory final : public rocksdb::CompactionFilterFactory {
 public:
  log_expiry_factory(const clock& time, milliseconds retention,
                     std::shared_ptr<const std::atomic<std::uint64_t>> forget_before)
      : time_(time), retention_(retention), forget_before_(std::move(forget_before)) {}
  [[nodiscard]] const char* Name() const override { return "signpost.log_expiry_factory"; }
  std::unique_ptr<rocksdb::CompactionFilter> CreateCompactionFilter(
      const rocksdb::CompactionFilter::Context&) override {
    auto oldest_kept = schema::to_key_time(time_.now() - retention_);
    if (forget_before_ != nullptr) oldest_kept = std::max(oldest_kept, forget_before_->load());
    return std::make_unique<log_expiry>(oldest_kept);
  }

 private:
  const clock& time_;
  milliseconds retention_;
  std::shared_ptr<const std::atomic<std::uint64_t>> forget_before_;
};

}  // namespace

std::shared_ptr<rocksdb::CompactionFilterFactory> make_log_expiry(
    const clock& time, milliseconds retention,
    std::shared_ptr<const std::atomic<std::uint64_t>> forget_before) {
  return std::make_shared<log_expiry_factory>(time, retention, std::move(forget_before));
}

}  // namespace signpost::storage
