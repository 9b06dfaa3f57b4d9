// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/queue/large_message.hpp"

#include <algorithm>
#include <caf/send.hpp>
#include <utility>

#include "actors/queue/reading_messages.hpp"
#include "actors/signing/presentable.hpp"
#include "proto/crypto/digest.hpp"
#include "proto/dkim/canonicalization.hpp"
#include "proto/imf/message_view.hpp"

namespace signpost::actors {
namespace {

// How much of the beginning stays in memory if the header section is shorter.
constexpr std::size_t beginning_octets_min = 4096;

class stored_rest final : public body_rest {
 public:
  stored_rest(spool_reader_actor reader, const model::queue_id& id, std::uint64_t from,
              std::uint64_t octets, std::string hash)
      : reader_(std::move(reader)), id_(id), from_(from), octets_(octets), hash_(std::move(hash)) {}

  [[nodiscard]] std::uint64_t size() const override { return octets_; }
  [[nodiscard]] std::string_view relaxed_body_hash() const override { return hash_; }
  void read(std::uint64_t offset, std::function<void(result<std::string>)> done) const override {
    const auto at = from_ + offset;
    const auto part = at / storage::body_part_octets;
    const auto behind = at % storage::body_part_octets;
    const auto wanted = std::min<std::uint64_t>(storage::body_part_octets,
                                                from_ + octets_ - part * storage::body_part_octets);
    caf::anon_send(reader_, part_request{.id = id_,
                                         .part = part,
                                         .done = [behind, wanted, done = std::move(done)](
                                                     result<std::string> octets) {
                                           done(checked(std::move(octets), behind, wanted));
                                         }});
  }

 private:
  /// A part without what precedes the octets that are requested.
  static result<std::string> checked(result<std::string> part, std::uint64_t behind,
                                     std::uint64_t wanted) {
    const bool missing = !part && part.error().code == errc::not_found;
    if (missing) return fail(errc::corrupt, part.error().context + " is missing");
    if (!part) return part;
    if (part->size() != wanted) return fail(errc::corrupt, "a part has the wrong length");
    part->erase(0, behind);
    return part;
  }

  spool_reader_actor reader_;
  model::queue_id id_;
  std::uint64_t from_;
  std::uint64_t octets_;
  std::string hash_;
};

/// The header section, read as widely as `presentable` reads it, ends within `octets`.
bool has_empty_line(std::string_view octets) {
  return octets.starts_with("\r\n") || octets.starts_with('\n')
         || octets.find("\n\r\n") != std::string_view::npos
         || octets.find("\n\n") != std::string_view::npos;
}

std::uint64_t parts_of(std::uint64_t octets) {
  return (octets + storage::body_part_octets - 1) / storage::body_part_octets;
}

/// The first parts, until the header section has ended.
result<std::string> read_beginning(storage::spool& spool, const model::message_record& record) {
  SP_TRY(auto octets, spool.body_part(record.id, 0));
  // A view of a message reads limits::header_octets_max of it.
  const auto most = std::min(header_parts_max, parts_of(record.size));
  for (std::uint64_t part = 1; part < most; ++part) {
    if (part >= 2 && has_empty_line(octets)) break;
    SP_TRY(const auto next, spool.body_part(record.id, part));
    octets += next;
  }
  if (!has_empty_line(octets)) return fail(errc::not_found, "the end of the header section");
  return octets;
}

class relaxed_hash {
 public:
  void update(std::string_view piece) {
    body_.update(piece, [this](std::string_view made) { take(made); });
  }
  [[nodiscard]] std::string finish() {
    body_.finish([this](std::string_view made) { take(made); });
    digest_.update(std::string_view(gathered_));
    return digest_.finish();
  }

 private:
  // A call of the digest costs as much as hashing a line.
  void take(std::string_view made) {
    gathered_ += made;
    if (gathered_.size() < 16384) return;
    digest_.update(std::string_view(gathered_));
    gathered_.clear();
  }

  dkim::relaxed_body body_;
  crypto::digest digest_{crypto::digest_algorithm::sha256};
  std::string gathered_;
};

/// How much of `beginning` must stay in memory for a view of it to be a view of the message.
std::size_t needed_octets(const imf::message_view& whole) {
  const auto octets = whole.octets();
  const auto least = std::max(whole.body_offset(), beginning_octets_min);
  auto needed = std::min(octets.size(), least);
  const imf::message_view part(octets.substr(0, needed));
  const bool same = part.body_offset() == whole.body_offset()
                    && part.fields().size() == whole.fields().size()
                    && part.ends() == whole.ends() && has_empty_line(part.octets());
  return same ? needed : octets.size();
}

/// Of the body that begins in `beginning` and continues after `octets_read` of the message.
result<std::string> hash_of(storage::spool& spool, const model::message_record& record,
                            std::string_view beginning, std::uint64_t octets_read) {
  relaxed_hash hash;
  hash.update(beginning);
  const auto parts = parts_of(record.size);
  for (auto part = parts_of(octets_read); part < parts; ++part) {
    SP_TRY(const auto octets, spool.body_part(record.id, part));
    hash.update(octets);
  }
  return hash.finish();
}

}  // namespace

const std::string* body_hash_memory::find(const model::queue_id& id) const {
  const auto at = hashes_.find(id);
  return at == hashes_.end() ? nullptr : &at->second;
}

void body_hash_memory::forget(const model::queue_id& id) {
  if (hashes_.erase(id) > 0) std::erase(order_, id);
}

void body_hash_memory::put(const model::queue_id& id, std::string hash) {
  if (!hashes_.emplace(id, std::move(hash)).second) return;
  order_.push_back(id);
  if (order_.size() <= entries_max) return;
  hashes_.erase(order_.front());
  order_.pop_front();
}

result<body_ptr> load_large(storage::spool& spool, const model::message_record& record,
                            std::string_view authserv_id, memory_budget& budget,
                            const spool_reader_actor& reader, body_hash_memory& known) {
  memory_lease lease(budget);
  if (!lease.grow_to(travelling_octets)) return fail(errc::no_space, "memory for large messages");
  SP_TRY(auto read, read_beginning(spool, record));
  const auto octets_read = read.size();
  body_ptr beginning = std::make_shared<const message_body>(std::move(read));
  // Only we write into our own messages.
  if (!record.own) {
    SP_TRY(beginning, presentable(beginning, authserv_id, nullptr));
  }
  const imf::message_view view(beginning->octets());
  if (known.find(record.id) == nullptr) {
    SP_TRY(auto hash, hash_of(spool, record, view.body(), octets_read));
    known.put(record.id, std::move(hash));
  }
  const auto kept = needed_octets(view);
  // Anything not presentable precedes the end of the header section, which is in memory.
  const auto from = octets_read - (view.octets().size() - kept);
  if (from >= record.size) return fail(errc::not_found, "no rest");
  return std::make_shared<const message_body>(
      std::string(view.octets().substr(0, kept)), std::move(lease),
      std::make_shared<const stored_rest>(reader, record.id, from, record.size - from,
                                          *known.find(record.id)));
}

}  // namespace signpost::actors
