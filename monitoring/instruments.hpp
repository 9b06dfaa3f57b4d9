// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Counters, gauges and histograms as the rest of the program sees them: handles that are created
// once and cost one or a few atomic operations to use. The library behind them is hidden.
//
// Threads: every method from any thread. A handle must not outlive the `metrics` it came from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace prometheus {
class Counter;
class Gauge;
class Histogram;
}  // namespace prometheus

namespace signpost::monitoring {

/// The word for everything that is not in the list.
inline constexpr std::string_view other_word = "other";

/// Only grows.
class counter {
 public:
  counter() = default;
  explicit counter(prometheus::Counter& c) : counter_(&c) {}
  void add(std::uint64_t n = 1) const;
  [[nodiscard]] std::uint64_t value() const;

 private:
  prometheus::Counter* counter_ = nullptr;
};

/// Can go up and down.
class gauge {
 public:
  gauge() = default;
  explicit gauge(prometheus::Gauge& g) : gauge_(&g) {}
  void set(double value) const;
  void add(double n = 1) const;
  void subtract(double n = 1) const;
  [[nodiscard]] double value() const;

 private:
  prometheus::Gauge* gauge_ = nullptr;
};

/// Holds a lock briefly.
class histogram {
 public:
  histogram() = default;
  explicit histogram(prometheus::Histogram& h) : histogram_(&h) {}
  void observe(double value) const;

 private:
  prometheus::Histogram* histogram_ = nullptr;
};

/// The values that a label may have; `other` is always the last of them.
class word_list {
 public:
  word_list() = default;
  explicit word_list(std::vector<std::string> words);
  /// The place of `word`, or that of `other`.
  [[nodiscard]] std::size_t place(std::string_view word) const;
  [[nodiscard]] const std::vector<std::string>& words() const { return words_; }

 private:
  std::vector<std::string> words_;
};

/// One counter per word of a label.
class counter_set {
 public:
  counter_set() = default;
  counter_set(word_list words, std::vector<counter> counters)
      : words_(std::move(words)), counters_(std::move(counters)) {}
  void add(std::string_view word, std::uint64_t n = 1) const {
    counters_[words_.place(word)].add(n);
  }
  [[nodiscard]] std::uint64_t value(std::string_view word) const {
    return counters_[words_.place(word)].value();
  }

 private:
  word_list words_;
  std::vector<counter> counters_;
};

/// One counter per pair of words of two labels.
class counter_grid {
 public:
  counter_grid() = default;
  counter_grid(word_list rows, word_list columns, std::vector<counter> counters)
      : rows_(std::move(rows)), columns_(std::move(columns)), counters_(std::move(counters)) {}
  void add(std::string_view row, std::string_view column, std::uint64_t n = 1) const {
    at(row, column).add(n);
  }
  [[nodiscard]] std::uint64_t value(std::string_view row, std::string_view column) const {
    return at(row, column).value();
  }

 private:
  [[nodiscard]] const counter& at(std::string_view row, std::string_view column) const {
    return counters_[rows_.place(row) * columns_.words().size() + columns_.place(column)];
  }

  word_list rows_;
  word_list columns_;
  std::vector<counter> counters_;
};

/// One gauge per word of a label.
class gauge_set {
 public:
  gauge_set() = default;
  gauge_set(word_list words, std::vector<gauge> gauges)
      : words_(std::move(words)), gauges_(std::move(gauges)) {}
  [[nodiscard]] const gauge& with(std::string_view word) const {
    return gauges_[words_.place(word)];
  }
  /// Sets 1 for `word` and 0 for all others, to show a state.
  void show_state(std::string_view word) const;

 private:
  word_list words_;
  std::vector<gauge> gauges_;
};

}  // namespace signpost::monitoring
