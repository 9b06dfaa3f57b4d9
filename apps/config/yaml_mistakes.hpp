// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What is wrong with a text that is no YAML, in words for whoever has typed it. yaml-cpp tells the
// state its parser was in, and accepts a quote that is never closed.
//
// Threads: functions of their arguments.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace signpost::config {

struct yaml_mistake {
  std::size_t line = 0;    ///< the first is 1
  std::size_t column = 0;  ///< likewise
  std::string what;        ///< what is wrong; how to mend it
};

/// A quote that is open at the end of the text.
[[nodiscard]] std::optional<yaml_mistake> open_quote(std::string_view text);

/// `said`: the parser's words about the text at that place, counted from 0.
[[nodiscard]] yaml_mistake explained(std::string_view text, std::string_view said,
                                     std::size_t line, std::size_t column);

}  // namespace signpost::config
