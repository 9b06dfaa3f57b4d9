// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/config/file_routing_source.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "apps/config/yaml_file.hpp"
#include "base/text.hpp"
#include "base/whole_file.hpp"

namespace signpost::config {

file_routing_source::file_routing_source(std::string path, model::node_identity node)
    : path_(std::move(path)), node_(std::move(node)) {}

result<std::unique_ptr<file_routing_source>> file_routing_source::open(std::string path,
                                                                   model::node_identity node) {
  std::unique_ptr<file_routing_source> store(
      new file_routing_source(std::move(path), std::move(node)));
  SP_CHECK(store->refresh_now());
  return store;
}

std::shared_ptr<const model::routing_snapshot> file_routing_source::current() const {
  return current_.get();
}

result<file_routing_source::file_mark> file_routing_source::look() const {
  struct stat about {};
  if (::stat(path_.c_str(), &about) != 0) {
    return fail(errno == ENOENT ? errc::not_found : errc::unavailable,
                path_ + ": " + std::strerror(errno));
  }
  return file_mark{.device = about.st_dev,
                   .inode = about.st_ino,
                   .size = about.st_size,
                   .changed_s = about.st_mtim.tv_sec,
                   .changed_ns = about.st_mtim.tv_nsec};
}

result<bool> file_routing_source::refresh() {
  const auto mark = look();
  if (!mark) {
    candidate_.reset();
    const bool known = last_error_ == mark.error();
    if (!known) return doubt(mark.error());
    return false;
  }
  if (mark_ == *mark) {
    candidate_.reset();
    return false;
  }
  // Who copies a file writes it piece by piece.
  if (candidate_ != *mark) {
    candidate_ = *mark;
    return false;
  }
  const auto before = last_error_;
  auto changed = read(*mark);
  // Reported once, although it is retried again and again.
  if (!changed && before == changed.error()) return false;
  return changed;
}

result<bool> file_routing_source::refresh_now() {
  const auto mark = look();
  if (!mark) return doubt(mark.error());
  return read(*mark);
}

result<bool> file_routing_source::doubt(error why) {
  last_error_ = why;
  if (const auto now = current(); now && !now->doubtful) {
    current_.set(std::make_shared<const model::routing_snapshot>(model::routing_snapshot{
        .revision = now->revision, .table = now->table, .doubtful = true}));
  }
  return tl::unexpected(std::move(why));
}

result<void> file_routing_source::check_meant(const zones_content& content,
                                            const zone_names& known) const {
  const auto& zones = content.zones;
  if (zones.empty() && !content.allow_empty) {
    return fail(errc::conflict,
                path_ + ": has no zones; if this is intended, add `allow_empty: true` to it");
  }
  if (known.size() <= few_zones || content.complete || content.allow_empty) return {};
  const auto kept = static_cast<std::size_t>(std::ranges::count_if(
      zones, [&](const model::zone& z) { return known.contains(z.name.ascii()); }));
  if (known.size() - kept <= known.size() / 2) return {};
  return fail(errc::conflict, path_ + ": is missing " + std::to_string(known.size() - kept) + " of "
                                  + std::to_string(known.size())
                                  + " zones in force; if this is intended, add `zone_count: "
                                  + std::to_string(zones.size()) + "` to it");
}

// The mark is taken before the file is read: a change while it is read is seen the next time.
result<bool> file_routing_source::read(const file_mark& mark) {
  mark_ = mark;
  candidate_.reset();
  auto content = load_zones_file(path_);
  auto meant = content ? check_meant(*content, names_) : tl::unexpected(std::move(content.error()));
  zone_names names;
  if (meant) {
    for (const auto& z : content->zones) names.insert(z.name.ascii());
  }
  auto table = meant ? model::routing_table::build(std::move(content->zones), node_)
                     : tl::unexpected(std::move(meant.error()));
  if (!table) {
    auto wrong = std::move(table.error());
    if (!wrong.context.starts_with(path_)) wrong.context = with_place(wrong.context, path_);
    // Not because of the contents of the file: it need not change to be readable the next time.
    if (wrong.code == errc::unavailable || wrong.code == errc::denied) mark_ = {};
    return doubt(std::move(wrong));
  }
  last_error_.reset();
  names_ = std::move(names);
  complete_ = content->complete || content->allow_empty;
  current_.set(std::make_shared<const model::routing_snapshot>(
      model::routing_snapshot{.revision = ++revision_, .table = std::move(*table)}));
  remember();
  return true;
}

// ---- over a restart ----------------------------------------------------------------------------

std::optional<error> file_routing_source::remember_in(std::string memory) {
  memory_ = std::move(memory);
  zone_names known;
  if (const auto text = read_whole_file(memory_)) {
    for (const auto line : split(*text, '\n')) {
      if (!line.empty()) known.emplace(line);
    }
  }
  const auto lost = std::ranges::count_if(
      known, [&](const std::string& name) { return !names_.contains(name); });
  if (known.size() > few_zones && !complete_
      && static_cast<std::size_t>(lost) > known.size() / 2) {
    names_.merge(known);
    (void)doubt(
        {errc::conflict, path_ + ": is missing " + std::to_string(lost)
                             + " of the zones that were in force before the start; if this is "
                               "intended, add `zone_count: N`, with the number of its zones"});
    return last_error_;
  }
  remember();
  return std::nullopt;
}

// It need not survive a power failure: then the file is only believed sooner than it should be.
void file_routing_source::remember() const {
  if (memory_.empty()) return;
  std::string text;
  for (const auto& name : names_) text += name + "\n";
  (void)write_whole_file(memory_, text, {.durable = false});
}

}  // namespace signpost::config
