// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "storage/control/control_runs.hpp"

#include <rocksdb/sst_file_writer.h>

#include <algorithm>

#include "storage/format/status.hpp"

namespace signpost::storage {

using control_schema::family;

result<void> control_runs::add(family f, std::string_view key, std::string_view value) {
  auto& mine = of(f);
  mine.rows.push_back({.at = mine.octets.size(),
                       .key_octets = static_cast<std::uint32_t>(key.size()),
                       .value_octets = static_cast<std::uint32_t>(value.size())});
  mine.octets += key;
  mine.octets += value;
  used_ += key.size() + value.size() + sizeof(row);
  if (used_ < memory_octets_) return {};
  // Only the largest buffer, so that files stay large and few.
  const auto largest = std::ranges::max_element(
      buffers_, {}, [](const auto& b) { return b.octets.size() + b.rows.size() * sizeof(row); });
  return flush(static_cast<family>(largest - buffers_.begin()));
}

result<void> control_runs::flush(family f) {
  auto& mine = of(f);
  if (mine.rows.empty()) return {};
  const std::string_view octets = mine.octets;
  const auto key_of = [&](const row& r) { return octets.substr(r.at, r.key_octets); };
  std::ranges::sort(mine.rows, {}, key_of);
  const auto path = folder_ + "/" + std::to_string(++files_made_) + ".sst";
  rocksdb::SstFileWriter file(rocksdb::EnvOptions(), database_.db().GetOptions(database_.of(f)),
                              database_.of(f));
  auto status = file.Open(path);
  std::string_view last;
  for (const auto& r : mine.rows) {
    const auto key = key_of(r);
    if (!last.empty() && key == last) {
      return fail(errc::conflict, "the same key was imported twice");
    }
    last = key;
    if (status.ok()) status = file.Put(key, octets.substr(r.at + r.key_octets, r.value_octets));
  }
  if (status.ok()) status = file.Finish();
  if (!status.ok()) return tl::unexpected(to_error(status, "import"));
  used_ -= mine.octets.size() + mine.rows.size() * sizeof(row);
  mine.octets.clear();
  mine.rows.clear();
  mine.files.push_back(path);
  return {};
}

result<void> control_runs::hand_over() {
  rocksdb::IngestExternalFileOptions options;
  options.move_files = true;
  // The sequence number goes into the manifest, which makes the step atomic.
  options.write_global_seqno = false;
  std::vector<rocksdb::IngestExternalFileArg> args;
  for (std::size_t i = 0; i < buffers_.size(); ++i) {
    const auto f = static_cast<family>(i);
    SP_CHECK(flush(f));
    if (of(f).files.empty()) continue;
    rocksdb::IngestExternalFileArg arg;
    arg.column_family = database_.of(f);
    arg.external_files = of(f).files;
    arg.options = options;
    args.push_back(std::move(arg));
  }
  const auto status = database_.db().IngestExternalFiles(args);
  if (!status.ok()) return tl::unexpected(to_error(status, "import"));
  return {};
}

}  // namespace signpost::storage
