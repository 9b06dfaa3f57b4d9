// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "storage/control/control_history.hpp"

#include <functional>
#include <unordered_map>
#include <utility>

#include "storage/control/control_rows.hpp"
#include "storage/control/control_schema.hpp"

namespace signpost::storage {
namespace {

constexpr std::uint32_t at_once = 1000;

/// One page after the other.
template <typename T, typename Read, typename Use>
result<void> each(Read read, Use use) {
  for (std::uint64_t page = 1;; ++page) {
    const model::page_query query{.page = page, .per_page = at_once};
    SP_TRY(const model::page_of<T> some, read(query));
    for (const auto& one : some.items) SP_CHECK(use(one));
    if (some.items.size() < at_once) return {};
  }
}

class history_copy {
 public:
  history_copy(const model::control_reader& from, const model::change_feed& feed,
               control_history& to)
      : from_(from), feed_(feed), to_(to) {}

  result<history_counts> run() {
    SP_TRY(const auto last, from_.position());
    SP_TRY(counts_.totals, from_.totals());
    counts_.revision = last.revision;
    SP_CHECK(copy_accounts());
    SP_CHECK(copy_tokens({}));
    SP_CHECK(copy_rest());
    SP_CHECK(copy_audit());
    SP_CHECK(copy_changes(last));
    SP_CHECK(to_.finish(last));
    return counts_;
  }

 private:
  result<void> copy_accounts() {
    return each<model::account>(
        [&](const auto& page) { return from_.accounts(page); },
        [&](const model::account& account) -> result<void> {
          SP_CHECK(to_.add(account));
          SP_CHECK(copy_addresses(account.id));
          return copy_tokens(account.id);
        });
  }
  result<void> copy_addresses(const std::string& account) {
    return each<model::destination_address>(
        [&](const auto& page) { return from_.addresses(account, page); },
        [&](const model::destination_address& address) {
          ++counts_.addresses;
          return to_.add(address);
        });
  }
  result<void> copy_tokens(const std::string& account) {
    return each<model::api_token>([&](const auto& page) { return from_.tokens(account, page); },
                                  [&](const model::api_token& token) {
                                    ++counts_.tokens;
                                    return to_.add(token);
                                  });
  }
  result<void> copy_rest() {
    SP_CHECK(from_.for_each_zone(
        [&](const model::zone_object& zone, const std::vector<model::rule_object>& rules) {
          return to_.add(zone, rules);
        }));
    return from_.for_each_setting([&](std::string_view name, std::string_view value) {
      return to_.add_setting(name, value);
    });
  }
  // In order of time, so that the entries of a change keep theirs.
  result<void> copy_audit() {
    std::unordered_map<std::uint64_t, std::size_t> numbers;
    model::audit_query query{.order = model::sort_order::ascending, .max = at_once};
    for (;;) {
      SP_TRY(const auto page, from_.audit_log(query));
      for (const auto& entry : page.entries) {
        const auto place =
            entry.revision == 0
                ? control_schema::audit_order_of_refusal(packed(entry.id))
                : control_schema::audit_order(entry.revision, numbers[entry.revision]++);
        SP_CHECK(to_.add(entry, place));
        ++counts_.audit_entries;
      }
      if (page.next.empty()) return {};
      query.cursor = page.next;
    }
  }
  // The first change that is still listed is not told: without it the list is left out, all but the
  // last, whose mark everything that follows depends on.
  result<void> copy_changes(const model::feed_position& last) {
    model::feed_position at;
    while (at != last) {
      SP_TRY(const auto news, feed_.after(at, at_once));
      if (news.reload || news.changes.empty()) {
        ++counts_.changes;
        return to_.add(model::change_record{
            .position = last, .when = {}, .zones = {}, .all_zones = true});
      }
      for (const auto& change : news.changes) {
        SP_CHECK(to_.add(change));
        ++counts_.changes;
        at = change.position;
      }
    }
    return {};
  }

  const model::control_reader& from_;
  const model::change_feed& feed_;
  control_history& to_;
  history_counts counts_;
};

}  // namespace

result<history_counts> copy_history(const model::control_reader& from,
                                    const model::change_feed& feed, control_history& to) {
  return history_copy(from, feed, to).run();
}

}  // namespace signpost::storage
