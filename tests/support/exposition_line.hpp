// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// One line of an exposition: the part of the parser that knows the syntax of samples.
#pragma once

#include "tests/support/exposition_parser.hpp"

namespace signpost::test {

/// `name{labels} value [timestamp] [# {labels} value [timestamp]]`. errc::malformed without the
/// line number.
result<exposition_sample> parse_sample_line(std::string_view line, exposition_format format);

/// A number as the format writes it; nothing for hexadecimal, spaces or other additions.
std::optional<double> parse_exposition_number(std::string_view text);

bool is_metric_name(std::string_view text);
bool is_label_name(std::string_view text);

}  // namespace signpost::test
