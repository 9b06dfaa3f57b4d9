// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/delivery/content_digest.hpp"

#include <cstdint>
#include <memory>
#include <utility>

#include "base/text.hpp"
#include "proto/crypto/digest.hpp"

namespace signpost::actors {
namespace {

class digesting : public std::enable_shared_from_this<digesting> {
 public:
  using done_function = std::function<void(result<std::string>)>;
  digesting(std::vector<body_ptr> content, done_function done)
      : content_(std::move(content)), done_(std::move(done)) {}

  void begin_part() {
    for (; part_ < content_.size(); ++part_) {
      digest_.update(content_[part_]->octets());
      if (content_[part_]->rest()) return read();
    }
    const auto octets = digest_.finish();
    done_(to_hex(as_bytes(octets)));
  }

 private:
  void read() {
    content_[part_]->rest()->read(offset_, [self = shared_from_this()](
                                               const result<std::string>& piece) {
      self->take(piece);
    });
  }

  void take(const result<std::string>& piece) {
    const auto left = content_[part_]->rest()->size() - offset_;
    if (!piece || piece->empty() || piece->size() > left) {
      return done_(fail(errc::corrupt, "the message cannot be read at present"));
    }
    digest_.update(std::string_view(*piece));
    offset_ += piece->size();
    if (piece->size() < left) return read();
    offset_ = 0;
    ++part_;
    begin_part();
  }

  const std::vector<body_ptr> content_;
  const done_function done_;
  crypto::digest digest_{crypto::digest_algorithm::sha256};
  std::size_t part_ = 0;
  std::uint64_t offset_ = 0;  ///< in its rest
};

}  // namespace

void digest_content(std::vector<body_ptr> content, std::function<void(result<std::string>)> done) {
  std::make_shared<digesting>(std::move(content), std::move(done))->begin_part();
}

}  // namespace signpost::actors
