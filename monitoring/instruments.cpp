// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "monitoring/instruments.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>

#include <algorithm>

namespace signpost::monitoring {

void counter::add(std::uint64_t n) const {
  counter_->Increment(static_cast<double>(n));
}

std::uint64_t counter::value() const {
  return static_cast<std::uint64_t>(counter_->Value());
}

void gauge::set(double value) const {
  gauge_->Set(value);
}

void gauge::add(double n) const {
  gauge_->Increment(n);
}

void gauge::subtract(double n) const {
  gauge_->Decrement(n);
}

double gauge::value() const {
  return gauge_->Value();
}

void histogram::observe(double value) const {
  histogram_->Observe(value);
}

word_list::word_list(std::vector<std::string> words) : words_(std::move(words)) {
  std::erase(words_, other_word);
  words_.emplace_back(other_word);
}

// The lists have a dozen short words: looking at each is faster than hashing.
std::size_t word_list::place(std::string_view word) const {
  const auto it = std::ranges::find(words_, word);
  return it == words_.end() ? words_.size() - 1
                            : static_cast<std::size_t>(std::distance(words_.begin(), it));
}

void gauge_set::show_state(std::string_view word) const {
  const auto place = words_.place(word);
  for (std::size_t i = 0; i < gauges_.size(); ++i) gauges_[i].set(i == place ? 1 : 0);
}

}  // namespace signpost::monitoring
