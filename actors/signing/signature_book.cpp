// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/signing/signature_book.hpp"

#include <algorithm>
#include <utility>

namespace signpost::actors {

const std::vector<cluster::key_name>* signature_book::keys_of(std::string_view domain) const {
  const auto found = names_->find(domain);
  return found == names_->end() || found->second.empty() ? nullptr : &found->second;
}

signature_book::answer signature_book::sign(const question& q) {
  if (!answers_.empty()) {
    const auto known = answers_.find(crypto::sha256(q.header));
    if (known != answers_.end()) return noted(known->second);
  }
  if (auto now = signer_->sign(q)) return noted(*std::move(now));
  missing_.push_back(q);
  return fail(errc::unavailable, "another node is asked");
}

void signature_book::enter(const question& q, answer a) {
  answers_.insert_or_assign(crypto::sha256(q.header), std::move(a));
}

signature_book::answer signature_book::noted(answer a) {
  key_gone_ = key_gone_ || (!a && a.error().code == errc::not_found);
  put_off_ = put_off_ || (!a && a.error().code == errc::unavailable);
  return a;
}

bool signature_book::take_new_keys() {
  if (!std::exchange(key_gone_, false)) return false;
  return std::exchange(names_, signer_->names()) != names_;
}

}  // namespace signpost::actors
