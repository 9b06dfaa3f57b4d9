// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/dkim/message_hasher.hpp"

#include <algorithm>
#include <limits>

#include "base/assert.hpp"
#include "base/text.hpp"

namespace signpost::dkim {
namespace {

// Stands for "the whole body" among the lengths.
constexpr auto whole_body = std::numeric_limits<std::uint64_t>::max();

// Octets of the signed fields of nearly all messages.
constexpr std::size_t header_text_expected = 1536;

// A digest that records its value at certain lengths on the way.
class marked_digest {
 public:
  explicit marked_digest(std::vector<std::uint64_t> marks) : marks_(std::move(marks)) {
    std::ranges::sort(marks_, std::greater());
  }

  void update(std::string_view piece) {
    while (!marks_.empty() && marks_.back() - octets_ <= piece.size()) {
      const auto part = static_cast<std::size_t>(marks_.back() - octets_);
      take(piece.substr(0, part));
      piece.remove_prefix(part);
      flush();
      noted_[marks_.back()] = digest_.fork().finish();
      marks_.pop_back();
    }
    take(piece);
  }
  void note_end() {
    flush();
    noted_[whole_body] = digest_.finish();
  }

  [[nodiscard]] std::uint64_t octets() const { return octets_; }
  [[nodiscard]] std::optional<std::string> noted(std::uint64_t mark) const {
    const auto at = noted_.find(mark);
    return at == noted_.end() ? std::nullopt : std::optional(at->second);
  }

 private:
  // Small pieces are gathered: a call of the digest costs as much as hashing a line.
  void take(std::string_view piece) {
    octets_ += piece.size();
    if (gathered_.size() + piece.size() > gathered_max) flush();
    if (piece.size() > gathered_max) {
      digest_.update(piece);
    } else {
      gathered_ += piece;
    }
  }
  void flush() {
    digest_.update(gathered_);
    gathered_.clear();
  }

  static constexpr std::size_t gathered_max = 1024;

  crypto::digest digest_{crypto::digest_algorithm::sha256};
  std::string gathered_;
  std::uint64_t octets_ = 0;
  std::vector<std::uint64_t> marks_;  // the next one last
  std::map<std::uint64_t, std::string> noted_;
};

template <typename Canonicalizer>
void pass(std::string_view body, marked_digest& digest) {
  Canonicalizer canonicalizer;
  const auto sink = [&](std::string_view piece) { digest.update(piece); };
  canonicalizer.update(body, sink);
  canonicalizer.finish(sink);
  digest.update({});  // a mark at 0 for an empty body
  digest.note_end();
}

bool ends_line(std::string_view whole) {
  return whole.ends_with('\n') || whole.ends_with('\r');
}

}  // namespace

message_hasher::message_hasher(const imf::message_view& message) : body_(message.body()) {
  fields_.reserve(message.fields().size());
  const auto& fields = message.fields();
  std::for_each(fields.rbegin(), fields.rend(), [this](const auto& field) { add(field); });
  complete_last_field();
}

void message_hasher::complete_last_field() {
  // The last field of a message that ends within it is hashed as if its line were whole.
  if (fields_.empty() || ends_line(fields_.front().whole)) return;
  auto& field = fields_.front();
  const std::string_view held = added_.emplace_back(std::string(field.whole) + "\r\n");
  const auto moved = [&](std::string_view part) {
    return held.substr(static_cast<std::size_t>(part.data() - field.whole.data()), part.size());
  };
  field = {.name = moved(field.name), .value = moved(field.value), .whole = held};
}

void message_hasher::add_on_top(std::string_view fields) {
  const auto& held = added_.emplace_back(fields);
  const imf::message_view view(held, imf::line_ends::lf);
  const auto& above = view.fields();
  std::for_each(above.rbegin(), above.rend(), [this](const auto& field) { add(field); });
}

void message_hasher::add(const imf::header_field& field) {
  by_name_[to_lower(field.name)].at.push_back(fields_.size());
  fields_.push_back(field);
  relaxed_.emplace_back();
}

std::span<const field_index> message_hasher::find_all(std::string_view name) const {
  const auto found = by_name_.find(to_lower(name));
  return found == by_name_.end() ? std::span<const field_index>() : found->second.at;
}

std::string_view message_hasher::canonical(field_index index, canonicalization c) {
  const auto& field = fields_[index];
  if (c == canonicalization::simple) return field.whole;
  auto& made = relaxed_[index];
  if (made.empty()) made = relaxed_field(field.name, field.value) + "\r\n";
  return made;
}

template <typename Take>
void message_hasher::take_fields(std::span<const std::string> names, canonicalization c,
                                 field_index own_index, const Take& take) {
  ++takings_;
  for (const auto& name : names) {
    const auto found = by_name_.find(name);
    if (found == by_name_.end()) continue;
    auto& fields = found->second;
    if (std::exchange(fields.taken_by, takings_) != takings_) fields.taken = 0;
    if (fields.taken < fields.at.size() && fields.at[fields.taken] == own_index) ++fields.taken;
    if (fields.taken < fields.at.size()) take(canonical(fields.at[fields.taken++], c));
  }
}

crypto::sha256_octets message_hasher::header_hash(std::span<const std::string> names,
                                                  canonicalization c, std::string_view own,
                                                  field_index own_index) {
  crypto::digest digest(crypto::digest_algorithm::sha256);
  take_fields(names, c, own_index, [&](std::string_view field) { digest.update(field); });
  digest.update(own);
  return finish_sha256(digest);
}

std::string message_hasher::header_text(std::span<const std::string> names, canonicalization c,
                                        std::string_view own) {
  std::string text;
  text.reserve(own.size() + header_text_expected);
  take_fields(names, c, no_field, [&](std::string_view field) { text += field; });
  return text += own;
}

void message_hasher::know_body_hash(canonicalization c, std::string_view sha256) {
  hashes_[{c, whole_body}] = std::string(sha256);
}

void message_hasher::want_body_hash(canonicalization c, std::optional<std::uint64_t> length) {
  const wish wanted{c, length.value_or(whole_body)};
  if (!hashes_.contains(wanted)) wishes_.insert(wanted);
}

std::optional<std::string> message_hasher::body_hash(canonicalization c,
                                                     std::optional<std::uint64_t> length) {
  const wish wanted{c, length.value_or(whole_body)};
  if (!hashes_.contains(wanted)) {
    want_body_hash(c, length);
    pass_over_body(c);
  }
  return hashes_.at(wanted);
}

void message_hasher::pass_over_body(canonicalization c) {
  std::vector<std::uint64_t> marks;
  for (const auto& [canon, length] : wishes_) {
    if (canon == c && length != whole_body) marks.push_back(length);
  }
  marked_digest digest(marks);
  if (c == canonicalization::simple) {
    pass<simple_body>(body_, digest);
  } else {
    pass<relaxed_body>(body_, digest);
  }
  hashes_[{c, whole_body}] = digest.noted(whole_body);
  for (const auto mark : marks) hashes_[{c, mark}] = digest.noted(mark);
  body_octets_[c] = digest.octets();
  std::erase_if(wishes_, [&](const auto& one) { return one.first == c; });
}

std::uint64_t message_hasher::body_octets(canonicalization c) const {
  const auto at = body_octets_.find(c);
  SP_ASSERT(at != body_octets_.end());
  return at->second;
}

crypto::sha256_octets finish_sha256(crypto::digest& digest) {
  const auto octets = digest.finish();
  crypto::sha256_octets out{};
  SP_ASSERT(octets.size() == out.size());
  std::ranges::copy(as_bytes(octets), out.begin());
  return out;
}

std::string canonical_without(const imf::header_field& field, std::string_view part,
                              canonicalization c) {
  if (part.data() == nullptr) part = field.value.substr(field.value.size());
  const auto before = static_cast<std::size_t>(part.data() - field.value.data());
  const auto value = std::string(field.value.substr(0, before))
                     + std::string(field.value.substr(before + part.size()));
  if (c == canonicalization::relaxed) return relaxed_field(field.name, value);
  const auto value_at = static_cast<std::size_t>(field.value.data() - field.whole.data());
  return std::string(field.whole.substr(0, value_at)) + value;
}

}  // namespace signpost::dkim
