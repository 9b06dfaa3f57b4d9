// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Pages of a list that lies in the order of its keys. For the files of storage/ only.
#pragma once

#include <algorithm>

#include "model/control/control_store.hpp"
#include "storage/control/control_database.hpp"

namespace signpost::storage {

inline void begin(control_scan& scan, bool backward) {
  if (backward) {
    scan.to_last();
  } else {
    scan.to_first();
  }
}
inline void step(control_scan& scan, bool backward) {
  if (backward) {
    scan.previous();
  } else {
    scan.next();
  }
}

/// How much is still to be left out and to be taken.
class page_window {
 public:
  explicit page_window(const model::page_query& query) : left_(query.per_page) {
    const auto before = std::max<std::uint64_t>(query.page, 1) - 1;
    if (query.per_page == 0) return;
    skip_ = before > UINT64_MAX / query.per_page ? UINT64_MAX : before * query.per_page;
  }
  [[nodiscard]] bool full() const { return left_ == 0; }
  [[nodiscard]] std::uint64_t offset() const { return skip_; }
  /// True if the next `count` all lie before the page; they count as passed then.
  bool skip(std::uint64_t count) {
    if (count > skip_) return false;
    skip_ -= count;
    return true;
  }
  void take() { --left_; }

 private:
  std::uint64_t skip_ = 0;
  std::uint64_t left_;
};

/// A page of a list whose length is known. `read` makes the object of a key's tail and value;
/// `wanted` sees the value and says whether the key is of the list. Starts at the nearer end.
template <typename T, typename Read, typename Wanted>
result<model::page_of<T>> counted_page(control_scan& scan, std::uint64_t total,
                                       const model::page_query& query, Read read, Wanted wanted) {
  model::page_of<T> page{.items = {}, .total = total};
  const auto offset = page_window(query).offset();
  if (offset >= total) return page;
  const auto count = std::min<std::uint64_t>(query.per_page, total - offset);
  const bool from_back = offset > total / 2;
  auto skip = from_back ? total - offset - count : offset;
  const bool backward = (query.order == model::sort_order::descending) != from_back;
  for (begin(scan, backward); scan.valid() && page.items.size() < count; step(scan, backward)) {
    if (!wanted(scan.value())) continue;
    if (skip > 0) {
      --skip;
      continue;
    }
    SP_TRY(auto item, read(scan.tail(), scan.value()));
    page.items.push_back(std::move(item));
  }
  SP_CHECK(scan.finish());
  if (from_back) std::ranges::reverse(page.items);
  return page;
}
template <typename T, typename Read>
result<model::page_of<T>> counted_page(control_scan& scan, std::uint64_t total,
                                       const model::page_query& query, Read read) {
  return counted_page<T>(scan, total, query, read, [](std::string_view) { return true; });
}

/// A page of those that pass `filter`; all are read.
template <typename T, typename Read>
result<model::page_of<T>> filtered_page(control_scan& scan, const model::page_query& query,
                                        const model::filter_of<T>& filter, Read read) {
  model::page_of<T> page;
  page_window window(query);
  const bool backward = query.order == model::sort_order::descending;
  for (begin(scan, backward); scan.valid(); step(scan, backward)) {
    SP_TRY(auto item, read(scan.tail(), scan.value()));
    if (!filter(item)) continue;
    ++page.total;
    if (window.full() || window.skip(1)) continue;
    window.take();
    page.items.push_back(std::move(item));
  }
  SP_CHECK(scan.finish());
  return page;
}

}  // namespace signpost::storage
