// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "api/frame/dns_checks.hpp"

#include <condition_variable>

#include "base/text.hpp"

namespace signpost::api {
namespace {

/// Answers as they arrive, from other threads.
struct answers_box {
  std::mutex mutex;
  std::condition_variable came;
  std::vector<std::optional<dns::answer>> answers;  // guarded by mutex
  std::size_t open = 0;                             // guarded by mutex
};

}  // namespace

std::vector<std::optional<dns::answer>> dns_checks::answers(
    dns::resolver& resolver, const std::vector<dns::question>& questions,
    std::chrono::milliseconds wait_max) {
  const auto box = std::make_shared<answers_box>();  // answers may arrive after this was destroyed
  box->answers.resize(questions.size());
  box->open = questions.size();
  for (std::size_t i = 0; i < questions.size(); ++i) {
    const bool asked = ask(resolver, questions[i], wait_max, [box, i](const dns::answer& a) {
      const std::lock_guard lock(box->mutex);
      box->answers[i] = a;
      if (--box->open == 0) box->came.notify_one();
    });
    if (asked) continue;
    const std::lock_guard lock(box->mutex);
    --box->open;
  }
  std::unique_lock lock(box->mutex);
  box->came.wait_for(lock, wait_max, [&] { return box->open == 0; });
  return box->answers;
}

bool dns_checks::ask(dns::resolver& resolver, const dns::question& question,
                     std::chrono::milliseconds wait_max, heard tell) {
  const name which{to_lower(question.name), question.type};
  {
    const std::lock_guard lock(mutex_);
    const auto now = std::chrono::steady_clock::now();
    if (const auto found = open_.find(which); found != open_.end()) {
      if (now - found->second.since >= wait_max) return false;
      found->second.waiting.push_back(std::move(tell));
      return true;
    }
    if (open_.size() >= open_max) return false;
    open_[which] = {.since = now, .waiting = {std::move(tell)}};
  }
  resolver.resolve(question, [self = shared_from_this(), which](const dns::answer& a) {
    self->answered(which, a);
  });
  return true;
}

std::size_t dns_checks::waiting() {
  const std::lock_guard lock(mutex_);
  std::size_t all = 0;
  for (const auto& [which, question] : open_) all += question.waiting.size();
  return all;
}

void dns_checks::answered(const name& which, const dns::answer& answer) {
  std::vector<heard> waiting;
  {
    const std::lock_guard lock(mutex_);
    auto node = open_.extract(which);
    if (!node.empty()) waiting = std::move(node.mapped().waiting);
  }
  for (const auto& tell : waiting) tell(answer);
}

}  // namespace signpost::api
