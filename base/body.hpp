// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The bytes of one message as received: immutable, counted, shared between threads without copies.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/body_rest.hpp"
#include "base/memory_budget.hpp"

namespace signpost {

/// An immutable message. The octets are CRLF-terminated lines, dot-unstuffed, exactly as the sender
/// sent them, never with a header of ours. Of a large message that is read from the spool only the
/// beginning is in memory, at least its header section; the other octets are its `rest`.
class message_body {
 public:
  explicit message_body(std::string octets, memory_lease lease = {},
                        std::shared_ptr<const body_rest> rest = nullptr)
      : octets_(std::move(octets)), lease_(std::move(lease)), rest_(std::move(rest)) {}
  message_body(const message_body&) = delete;
  message_body& operator=(const message_body&) = delete;

  /// The octets in memory: all of them unless there is a rest.
  [[nodiscard]] std::string_view octets() const { return octets_; }
  /// nullptr = none.
  [[nodiscard]] const std::shared_ptr<const body_rest>& rest() const { return rest_; }
  /// Of the whole message.
  [[nodiscard]] std::size_t size() const { return octets_.size() + (rest_ ? rest_->size() : 0); }
  /// Octets of memory that it takes.
  [[nodiscard]] std::size_t held() const { return octets_.capacity(); }

  /// Charges it to `lease` from now on and gives back the previous lease. For code that hands it
  /// from one part of the node to another; one thread at a time.
  void charge_to(memory_lease lease) const { lease_ = std::move(lease); }
  [[nodiscard]] bool is_charged_to(const memory_budget& budget) const {
    return lease_.is_of(budget);
  }

 private:
  std::string octets_;
  mutable memory_lease lease_;
  std::shared_ptr<const body_rest> rest_;
};

using body_ptr = std::shared_ptr<const message_body>;

}  // namespace signpost
