// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "storage/format/skipping_scan.hpp"

#include <algorithm>
#include <utility>

namespace signpost::storage {
namespace {

/// How many octets of a key count when keys are taken as numbers. Keys of mail differ within these.
constexpr std::size_t number_octets = 64;

/// `key` as a number of `number_octets` octets, plus 2 to the power of `bit`; all ones when that is
/// too large.
std::string plus_power(const std::string& key, std::size_t bit) {
  auto number = key.substr(0, number_octets);
  number.resize(number_octets, '\0');
  auto at = number_octets - 1 - bit / 8;
  unsigned carry = 1U << bit % 8;
  for (;; --at) {
    const auto sum = static_cast<unsigned char>(number[at]) + carry;
    number[at] = static_cast<char>(sum & 0xFF);
    carry = sum >> 8;
    if (carry == 0) return number;
    if (at == 0) return std::string(number_octets, '\xFF');
  }
}

}  // namespace

skipping_scan::skipping_scan(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family,
                             std::string lower, std::string upper)
    : lower_(std::move(lower)),
      upper_(std::move(upper)),
      lower_slice_(lower_),
      upper_slice_(upper_) {
  rocksdb::ReadOptions options;
  options.iterate_lower_bound = &lower_slice_;
  options.iterate_upper_bound = &upper_slice_;
  options.fill_cache = false;
  iterator_.reset(db.NewIterator(options, family));
  iterator_->Seek(lower_slice_);
  step_over(lower_);
}

void skipping_scan::next() {
  std::string from(key());
  iterator_->Next();
  if (iterator_->Valid() || iterator_->status().ok()) return;
  from += '\0';
  step_over(from);
}

bool skipping_scan::can_read_from(const std::string& key) {
  iterator_->Seek(key);
  return iterator_->Valid() || iterator_->status().ok();
}

void skipping_scan::step_over(const std::string& from) {
  if (iterator_->Valid() || iterator_->status().ok()) return;
  ++gap_count_;
  key_gap gap{.behind = from, .before = {}, .reason = iterator_->status().ToString()};
  gap.before = find_end_of_gap(from);
  iterator_->Seek(gap.before);
  if (gaps_.size() < listed_gaps_max) gaps_.push_back(std::move(gap));
}

// In steps that double, so that a short gap is not left by a long jump; then by halves.
std::string skipping_scan::find_end_of_gap(const std::string& from) {
  auto bad = from;
  std::string good;
  for (std::size_t bit = 0; bit < 8 * number_octets && good.empty(); ++bit) {
    auto key = plus_power(from, bit);
    if (key >= upper_) break;
    (can_read_from(key) ? good : bad) = std::move(key);
  }
  if (good.empty()) good = upper_;
  // The bit below the step that led out of the gap is the largest that can still be added.
  for (std::size_t bit = 8 * number_octets; bit-- > 0;) {
    auto key = plus_power(bad, bit);
    if (key >= good || key <= bad) continue;
    (can_read_from(key) ? good : bad) = std::move(key);
  }
  return good;
}

}  // namespace signpost::storage
