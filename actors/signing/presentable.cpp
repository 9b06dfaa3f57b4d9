// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/signing/presentable.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <string>

#include "base/text.hpp"
#include "proto/authres/authentication_results.hpp"
#include "proto/imf/lenient_header.hpp"

namespace signpost::actors {
namespace {

// With its line end; the whole rest if it has no line end.
std::string_view line_at(std::string_view octets, std::size_t at) {
  const auto end = octets.find('\n', at);
  return octets.substr(at, end == std::string_view::npos ? end : end + 1 - at);
}

// What follows the name (lower case) and its colon; nothing if the field has another name. Accepts
// blanks or, against RFC 5322 §2.2, a line end before or instead of the colon too, because some
// reader may.
std::optional<std::string_view> value_of(std::string_view field, std::string_view name) {
  imf::seen_characters characters(field);
  const auto matches = [&](char wanted) { return characters.next() == wanted; };
  if (!std::ranges::all_of(name, matches)) return std::nullopt;
  auto behind = characters;
  const char c = behind.next();
  if (c == ':') return behind.rest();
  if (c == '\0' || behind.left_out()) return characters.rest();
  return std::nullopt;
}

std::string without_blanks(std::string_view text) {
  std::string out;
  imf::seen_characters characters(text);
  for (char c = characters.next(); c != '\0'; c = characters.next()) out.push_back(c);
  return out;
}

// The number after `i=`, as written; empty if there is no `i=`.
std::string instance_in(std::string_view value) {
  const auto text = without_blanks(value.substr(0, 1000));
  auto at = text.starts_with("i=") ? 0 : text.find(";i=");
  if (at == std::string::npos) return {};
  at = text.find('=', at) + 1;
  const auto end = std::min(text.find_first_not_of("0123456789", at), text.size());
  return text.substr(at, end - at);
}

/// What may not stay, and whose name it uses.
class forgeries {
 public:
  forgeries(std::string_view octets, std::string_view authserv_id)
      : octets_(octets), authserv_id_(authserv_id) {}

  [[nodiscard]] bool contain(std::string_view field) {
    // The first letter already rules out nearly all fields.
    switch (imf::seen_characters(field).next()) {
      case 'a':
        return is_forged_result(field) || is_forged_arc_result(field);
      case 'r':
        return is_forged_spf(field);
      case 'x':
        return imf::name_may_begin(field, "x-signpost-");
      default:
        return false;
    }
  }

 private:
  [[nodiscard]] bool is_forged_result(std::string_view field) const {
    const auto value = value_of(field, "authentication-results");
    return value && authres::claims_to_be_ours(*value, authserv_id_);
  }

  // A set of the chain is judged with the chain. Fields that belong to no set can only deceive.
  [[nodiscard]] bool is_forged_arc_result(std::string_view field) {
    const auto value = value_of(field, "arc-authentication-results");
    if (!value) return false;
    const auto end = value->find(';');
    const auto instance = instance_in(value->substr(0, end));
    const bool begins_with_number = end != std::string_view::npos && !instance.empty();
    const auto said = begins_with_number ? value->substr(end + 1) : *value;
    if (!authres::claims_to_be_ours(said, authserv_id_)) return false;
    return instance.empty() || !sealed().contains(instance);
  }

  // The numbers of all seals, read once for all fields.
  const std::set<std::string>& sealed() {
    if (sealed_) return *sealed_;
    sealed_.emplace();
    for (const auto seal : imf::lenient_values(octets_, "arc-seal")) {
      sealed_->insert(instance_in(seal));
    }
    return *sealed_;
  }

  // RFC 7208 §9.1: the key `receiver`, or the comment with which we begin.
  [[nodiscard]] bool is_forged_spf(std::string_view field) const {
    const auto value = value_of(field, "received-spf");
    if (!value) return false;
    auto text = without_blanks(*value);
    std::erase(text, '"');
    const auto id = to_lower(authserv_id_);
    return text.find("receiver=" + id) != std::string::npos
           || text.find("(" + id + ":") != std::string::npos;
  }

  std::string_view octets_;
  std::string_view authserv_id_;
  std::optional<std::set<std::string>> sealed_;
};

// `From alice@example.org Mon Nov 23 …`, but not the obsolete form `From : …` of a field.
bool is_mailbox_file_line(std::string_view line) {
  if (line.starts_with('>')) line.remove_prefix(1);
  if (!line.starts_with("From ")) return false;
  const auto next = line.find_first_not_of(" \t", 4);
  return next == std::string_view::npos || line[next] != ':';
}

/// The pieces of a message in order: the fields of the header section, then all the rest at once.
class piece_reader {
 public:
  piece_reader(std::string_view octets, std::string_view authserv_id)
      : octets_(octets), forgeries_(octets, authserv_id) {
    const auto line = line_at(octets, 0);
    if (is_mailbox_file_line(line)) mailbox_line_ = line.size();
    header_ = imf::lenient_header(octets.substr(mailbox_line_));
  }

  [[nodiscard]] bool at_end() const { return at_ == octets_.size(); }

  struct piece {
    std::string_view octets;
    bool may_stay = true;
  };
  piece next() {
    if (at_ < mailbox_line_) return take(mailbox_line_, false);
    if (header_.next()) return take(header_.field().size(), !forgeries_.contain(header_.field()));
    return take(octets_.size() - at_, true);
  }

 private:
  piece take(std::size_t octets, bool may_stay) {
    const auto taken = octets_.substr(at_, octets);
    at_ += octets;
    return {taken, may_stay};
  }

  std::string_view octets_;
  forgeries forgeries_;
  imf::lenient_header header_{std::string_view()};
  std::size_t mailbox_line_ = 0;
  std::size_t at_ = 0;
};

bool all_may_stay(std::string_view octets, std::string_view authserv_id) {
  piece_reader pieces(octets, authserv_id);
  while (!pieces.at_end()) {
    if (!pieces.next().may_stay) return false;
  }
  return true;
}

}  // namespace

result<body_ptr> presentable(const body_ptr& body, std::string_view authserv_id,
                             memory_budget* budget) {
  if (all_may_stay(body->octets(), authserv_id)) return body;
  auto lease = budget == nullptr ? memory_lease() : memory_lease(*budget);
  if (!lease.grow_to(body->size())) return fail(errc::no_space, "memory_budget");
  std::string kept;
  kept.reserve(body->size());
  piece_reader pieces(body->octets(), authserv_id);
  while (!pieces.at_end()) {
    if (const auto piece = pieces.next(); piece.may_stay) kept += piece.octets;
  }
  return std::make_shared<const message_body>(std::move(kept), std::move(lease), body->rest());
}

}  // namespace signpost::actors
