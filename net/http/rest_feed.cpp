// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "net/http/rest_feed.hpp"

#include <utility>

namespace signpost::net {

rest_feed::state rest_feed::look() {
  if (failed_) return state::failed;
  if (taken_ < piece_.size()) return state::here;
  if (offset_ == rest_->size()) return state::ended;
  if (!asked_) ask();
  if (!fetch()) return state::awaited;
  return failed_ ? state::failed : state::here;
}

bool rest_feed::fetch() {
  std::optional<result<std::string>> got;
  {
    const std::lock_guard lock(mutex_);
    got.swap(arrived_);
  }
  if (!got) return false;
  asked_ = false;
  // More than there is would be the content of something else.
  failed_ = !*got || (*got)->empty() || (*got)->size() > rest_->size() - offset_;
  if (failed_) return true;
  piece_ = std::move(**got);
  taken_ = 0;
  offset_ += piece_.size();
  return true;
}

void rest_feed::ask() {
  asked_ = true;
  rest_->read(offset_, [self = shared_from_this()](result<std::string> octets) {
    {
      const std::lock_guard lock(self->mutex_);
      self->arrived_ = std::move(octets);
    }
    self->came_();
  });
}

}  // namespace signpost::net
