// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "storage/spool/scrubber.hpp"

#include <algorithm>
#include <utility>

#include "base/log.hpp"
#include "model/queue/codec.hpp"
#include "storage/format/skipping_scan.hpp"
#include "storage/format/status.hpp"

namespace signpost::storage {
namespace {

using schema::family;

const logger log_("storage.scrub");

constexpr std::size_t page_rows = 500;
/// Octets counted for a row in addition to its own: what RocksDB reads to find it.
constexpr std::uint64_t row_octets = 256;

}  // namespace

scrubber::scrubber(const database& database, scrub_options options,
                   std::function<void(const model::queue_id&)> found)
    : database_(database), options_(options), found_(std::move(found)) {
  if (options_.octets_per_second > 0) thread_ = std::thread([this] { run(); });
}

scrubber::~scrubber() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void scrubber::begin_now() {
  const std::lock_guard lock(mutex_);
  wanted_ = true;
  wake_.notify_all();
}

scrub_state scrubber::state() const {
  return {.running = running_,
          .progress = progress_,
          .octets = octets_,
          .passes = passes_,
          .findings = findings_};
}

bool scrubber::ending() const {
  const std::lock_guard lock(mutex_);
  return ending_;
}

void scrubber::run() {
  auto wait = std::min<milliseconds>(options_.interval, scrub_first);
  while (true) {
    {
      std::unique_lock lock(mutex_);
      wake_.wait_for(lock, wait, [this] { return ending_ || wanted_; });
      if (ending_) return;
      wanted_ = false;
    }
    running_ = true;
    pass();
    running_ = false;
    wait = options_.interval;
  }
}

void scrubber::pass() {
  const auto before = findings_.load();
  const auto octets_before = octets_.load();
  const auto began = steady::now();
  seen_ = 0;
  database_.db().GetIntProperty(database_.of(family::env),
                                rocksdb::DB::Properties::kEstimateNumKeys, &expected_);
  std::string from;
  for (bool more = true; more;) {
    std::vector<model::queue_id> page;
    more = read_page(family::env, from, [&](std::string_view key) {
      if (const auto id = model::queue_id::from_octets(key)) page.push_back(*id);
    });
    for (const auto& id : page) {
      if (ending()) return;
      look_at(id);
      ++seen_;
      // The number of keys is an estimate: never 1 before the end.
      progress_ = std::min(0.99, static_cast<double>(seen_)
                                     / static_cast<double>(std::max<std::uint64_t>(expected_, 1)));
    }
  }
  scan_rest();
  if (ending()) return;
  progress_ = 1;
  ++passes_;
  const auto took = std::chrono::duration_cast<seconds>(steady::now() - began);
  const auto found = findings_ - before;
  const log_fields fields{{"messages", seen_},
                          {"octets", octets_ - octets_before},
                          {"findings", found},
                          {"took_s", took.count()}};
  found > 0 ? log_.error("storage.scrubbed", fields) : log_.info("storage.scrubbed", fields);
}

bool scrubber::read_page(schema::family f, std::string& from,
                         const std::function<void(std::string_view)>& use) {
  const auto upper = f == family::dest ? std::string(1, '\xFF') : end_of_keys();
  skipping_scan rows(database_.db(), database_.of(f), from, upper);
  std::uint64_t octets = 0;
  for (std::size_t count = 0; rows.valid() && count < page_rows; rows.next(), ++count) {
    octets += rows.key().size() + rows.value().size();
    use(rows.key());
    from = rows.key();
    from += '\0';
  }
  const bool more = rows.valid();
  const std::string name(schema::family_names[static_cast<std::size_t>(f)]);
  for (const auto& gap : rows.gaps()) {
    database_.note_damage(f, {errc::corrupt, gap.reason});
    note(nullptr, name + ": " + gap.reason);
  }
  return account(octets) && more;
}

rocksdb::Status scrubber::get(family f, const std::string& key, std::string& value) const {
  // Rows that are read only once must not push out what the mail path has cached.
  rocksdb::ReadOptions once;
  once.fill_cache = false;
  auto status = database_.db().Get(once, database_.of(f), key, &value);
  if (!status.ok() && !status.IsNotFound()) database_.note_damage(f, to_read_error(status, {}));
  return status;
}

void scrubber::look_at(const model::queue_id& id) {
  const std::string prefix(id.octets());
  std::string value;
  // It may have been settled in the meantime.
  const auto there = get(family::env, prefix, value);
  if (there.IsNotFound()) return;
  if (!there.ok()) return note(&id, there.ToString());
  const auto record = decode_message(id, value);
  if (!record) return note(&id, record.error().context);
  std::uint64_t octets = row_octets + value.size();
  for (std::uint64_t part = 0; part < schema::parts_of(record->size); ++part) {
    const auto status = get(family::body, schema::part_key(id, part), value);
    octets += value.size() + row_octets;
    // Undivided messages of earlier versions have no further parts.
    if (status.IsNotFound() && part == 1) break;
    const bool gone = status.IsNotFound() && !get(family::env, prefix, value).IsNotFound();
    if (gone) return note(&id, "octets are missing");
    if (status.IsNotFound()) break;
    if (!status.ok() && to_read_error(status, "").code == errc::corrupt) {
      return note(&id, status.ToString());
    }
    if (!account(std::exchange(octets, 0))) return;
  }
}

// Rows of the other families.
void scrubber::scan_rest() {
  for (const auto f : {family::rcpt, family::sched, family::dest}) {
    std::string from;
    while (read_page(f, from, [](std::string_view) {})) {
    }
  }
}

bool scrubber::account(std::uint64_t octets) {
  octets_ += octets;
  const auto pause =
      std::chrono::microseconds(octets * 1'000'000 / options_.octets_per_second);
  std::unique_lock lock(mutex_);
  return !wake_.wait_for(lock, pause, [this] { return ending_; });
}

void scrubber::note(const model::queue_id* id, const std::string& why) {
  ++findings_;
  log_.error("storage.damage_found",
             {{"queue_id", id != nullptr ? id->to_string() : std::string()}, {"error", why}});
  if (id != nullptr) found_(*id);
}

}  // namespace signpost::storage
