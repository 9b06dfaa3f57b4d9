// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Reading the audit log.
#include <algorithm>

#include "storage/control/control_codec.hpp"
#include "storage/control/control_queries.hpp"

namespace signpost::storage {
namespace {

using control_schema::family;
using control_schema::id_octets;
using control_schema::key;
using control_schema::pack_id;
namespace audit = control_schema::audit;

/// Positions (time, order) from `from` up to, but without, `until`.
struct position_range {
  std::string from;
  std::string until = std::string(audit::position_octets, '\xFF');
};

/// 16 octets of a cursor, or nothing if it is not ours.
std::optional<std::string> parse_cursor(std::string_view cursor) {
  return pack_id(cursor);
}

result<position_range> range_of(const model::audit_query& query) {
  position_range range;
  if (query.since) range.from = control_schema::time_octets(*query.since);
  if (query.before) range.until = control_schema::time_octets(*query.before);
  if (query.cursor.empty()) return range;
  const auto last = parse_cursor(query.cursor);
  if (!last) return fail(errc::malformed, "cursor");
  if (query.order == model::sort_order::descending) {
    range.until = std::min(range.until, *last);
  } else {
    // The smallest position behind the last one that was shown.
    range.from = std::max(range.from, *last + '\0');
  }
  return range;
}

}  // namespace

result<model::audit_page> control_queries::audit_log(const model::audit_query& query) const {
  model::audit_page page;
  const bool everywhere = query.account.empty();
  const auto account = everywhere ? std::string() : pack_id(query.account).value_or("");
  if (!everywhere && account.empty()) return page;
  SP_TRY(const auto range, range_of(query));
  const bool backward = query.order == model::sort_order::descending;
  auto scan =
      view_.scan(family::audit, key(everywhere ? audit::everywhere : audit::entry, account));
  backward ? scan.seek_before(range.until) : scan.seek(range.from);
  auto skip = query.skip;
  std::string last;
  for (std::size_t examined = 0; scan.valid(); ++examined) {
    if (backward ? scan.tail() < range.from : scan.tail() >= range.until) break;
    if (page.entries.size() == query.max || examined == query.examine_max) {
      page.next = control_schema::unpack_id(last);
      break;
    }
    last = scan.tail();
    std::string value(scan.value());
    if (everywhere) {
      SP_TRY(const auto entry, view_.get(family::audit, key(audit::entry, value, last)));
      if (!entry) return fail(errc::corrupt, "the audit log refers to a missing entry");
      value = *entry;
    }
    SP_TRY(auto entry, decode_audit_entry(value));
    if (query.filter.passes(entry)) {
      if (skip > 0) {
        --skip;
      } else {
        page.entries.push_back(std::move(entry));
      }
    }
    backward ? scan.previous() : scan.next();
  }
  SP_CHECK(scan.finish());
  return page;
}

result<model::audit_entry> control_queries::audit_record(std::string_view account,
                                                         std::string_view id) const {
  const auto packed = pack_id(id);
  if (!packed) return fail(errc::not_found, "audit entry");
  SP_TRY(const auto place,
         view_.get(family::index, key(control_schema::index::audit_by_id, *packed)));
  if (!place) return fail(errc::not_found, "audit entry");
  if (!account.empty() && std::string_view(*place).substr(0, id_octets) != pack_id(account)) {
    return fail(errc::not_found, "audit entry");
  }
  SP_TRY(const auto value, view_.get(family::audit, key(audit::entry, *place)));
  if (!value) return fail(errc::corrupt, "the audit log refers to a missing entry");
  return decode_audit_entry(*value);
}

}  // namespace signpost::storage
