// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/signing/presentable.hpp"

#include <string>

#include "base/text.hpp"
#include "proto/authres/authentication_results.hpp"

namespace signpost::actors {
namespace {

constexpr std::string_view results_name = "authentication-results";

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

// With its line end; the whole rest if there is none.
std::string_view line_at(std::string_view octets, std::size_t at) {
  const auto end = octets.find('\n', at);
  return octets.substr(at, end == std::string_view::npos ? end : end + 1 - at);
}

// A field with the lines that continue it.
std::string_view field_at(std::string_view octets, std::size_t at) {
  auto end = at + line_at(octets, at).size();
  while (end < octets.size() && is_blank(octets[end])) end += line_at(octets, end).size();
  return octets.substr(at, end - at);
}

// Also with blanks, or against RFC 5322 §2.2 a line end, before the colon: somebody may read it.
bool has_results_name(std::string_view line) {
  if (!starts_with_ignoring_case(line, results_name)) return false;
  auto rest = line.substr(results_name.size());
  while (!rest.empty() && is_blank(rest.front())) rest.remove_prefix(1);
  return rest.empty() || rest.front() == ':' || rest.front() == '\r' || rest.front() == '\n';
}

bool is_forged(std::string_view field, std::string_view authserv_id) {
  const auto colon = field.find(':');
  const auto value =
      field.substr(colon == std::string_view::npos ? results_name.size() : colon + 1);
  return authres::claims_to_be_ours(value, authserv_id);
}

// `From alice@example.org Mon Nov 23 …`, but not the obsolete form `From : …` of a field.
bool is_mailbox_file_line(std::string_view line) {
  if (line.starts_with('>')) line.remove_prefix(1);
  if (!line.starts_with("From ")) return false;
  const auto next = line.find_first_not_of(" \t", 4);
  return next == std::string_view::npos || line[next] != ':';
}

/// The pieces of a message in order: single lines or whole fields of the header section, then all
/// the rest at once.
class piece_reader {
 public:
  piece_reader(std::string_view octets, std::string_view authserv_id)
      : octets_(octets), authserv_id_(authserv_id) {}

  [[nodiscard]] bool at_end() const { return at_ == octets_.size(); }

  struct piece {
    std::string_view octets;
    bool may_stay = true;
  };
  piece next() {
    auto line = line_at(octets_, at_);
    if (trim(line).empty() && !line.empty() && !is_blank(line.front())) return take_rest();
    bool may_stay = at_ > 0 || !is_mailbox_file_line(line);
    if (has_results_name(line)) {
      line = field_at(octets_, at_);
      may_stay = !is_forged(line, authserv_id_);
    }
    at_ += line.size();
    return {line, may_stay};
  }

 private:
  piece take_rest() {
    const auto rest = octets_.substr(at_);
    at_ = octets_.size();
    return {rest, true};
  }

  std::string_view octets_;
  std::string_view authserv_id_;
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
