// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Pages of a list that is stored in the order of its keys. For the files of storage/ only.
#pragma once

#include <algorithm>

#include "model/control/control_lists.hpp"
#include "storage/control/control_database.hpp"

namespace signpost::storage {

/// The id with which the tail of an index key ends.
inline result<std::string> id_at_end(std::string_view octets) {
  constexpr auto length = control_schema::id_octets;
  if (octets.size() < length) return fail(errc::corrupt, "key of an index");
  return control_schema::unpack_id(octets.substr(octets.size() - length));
}

/// An index says that the object exists, so its absence is not the caller's fault.
template <typename T>
result<T> must_exist(result<T> found) {
  if (!found && found.error().code == errc::not_found) {
    return fail(errc::corrupt, "an index refers to a missing object: " + found.error().context);
  }
  return found;
}

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
  explicit page_window(const model::page_query& query)
      : skip_(query.offset()), left_(query.per_page) {}
  [[nodiscard]] bool full() const { return left_ == 0; }
  /// True if the next `count` all precede the page; they then count as passed.
  bool skip(std::uint64_t count) {
    if (count > skip_) return false;
    skip_ -= count;
    return true;
  }
  void take() { --left_; }

 private:
  std::uint64_t skip_;
  std::uint64_t left_;
};

/// A page of a list whose length is known. `read` makes the object of a key's tail and value;
/// `wanted` sees the value and says whether the key is of the list. Starts at the nearer end.
template <typename T, typename Read, typename Wanted>
result<model::page_of<T>> counted_page(control_scan& scan, std::uint64_t total,
                                       const model::page_query& query, Read read, Wanted wanted) {
  model::page_of<T> page{.items = {}, .total = total};
  const auto offset = query.offset();
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

/// A page of the objects of which `wanted` says true; all are read.
template <typename T, typename Read, typename Wanted>
result<model::page_of<T>> filtered_page(control_scan& scan, const model::page_query& query,
                                        Read read, Wanted wanted) {
  model::page_of<T> page;
  page_window window(query);
  const bool backward = query.order == model::sort_order::descending;
  for (begin(scan, backward); scan.valid(); step(scan, backward)) {
    SP_TRY(auto item, read(scan.tail(), scan.value()));
    SP_TRY(const bool passes, wanted(item));
    if (!passes) continue;
    ++page.total;
    if (window.full() || window.skip(1)) continue;
    window.take();
    page.items.push_back(std::move(item));
  }
  SP_CHECK(scan.finish());
  return page;
}

}  // namespace signpost::storage
