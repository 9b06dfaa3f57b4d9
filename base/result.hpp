// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// How a function reports that it could not do what it was asked: `result<T>` with an `error`.
//
// Judgements (an SPF softfail, a 550 from a peer) are values, not errors; bugs are SP_ASSERT. See
// docs/STYLE.md, "Errors".
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace signpost {

/// Why something could not be done. Kept small: what a caller can act on, not what happened inside.
enum class errc {
  /// Input from outside is invalid, permanently.
  malformed,
  /// It cannot be done now and may work later: a timeout, a peer or resolver that does not answer.
  unavailable,
  /// A named limit was exceeded; the context names it.
  limit_exceeded,
  /// The requested object does not exist.
  not_found,
  /// It already exists, or somebody else has changed it.
  conflict,
  /// The caller may not do this.
  denied,
  /// No space is left on the disk or in the memory budget.
  no_space,
  /// Stored bytes differ from what was written.
  corrupt,
};

/// The name of `code` as it is logged, for example `"limit_exceeded"`.
std::string_view to_string(errc code);

/// What went wrong: a code to act on and a short context for human readers, without message
/// content.
struct error {
  errc code{};
  std::string context;

  friend bool operator==(const error&, const error&) = default;
};

/// `"malformed: no closing bracket"`.
std::string to_string(const error& e);

template <typename T>
using result = tl::expected<T, error>;

/// The error of a `result`: `return fail(errc::malformed, "no closing bracket");`.
[[nodiscard]] inline tl::unexpected<error> fail(errc code, std::string context = {}) {
  return tl::unexpected<error>(error{code, std::move(context)});
}

}  // namespace signpost

#define SP_CONCAT_INNER(a, b) a##b
#define SP_CONCAT(a, b) SP_CONCAT_INNER(a, b)

/// `SP_TRY(auto x, f());` declares `x` with the value of the result, or returns its error.
#define SP_TRY(declaration, expression) \
  SP_TRY_INNER(SP_CONCAT(sp_try_, __LINE__), declaration, expression)
#define SP_TRY_INNER(name, declaration, expression)              \
  auto name = (expression);                                      \
  if (!name) return ::tl::unexpected(std::move(name).error());   \
  declaration = std::move(name).value()

/// `SP_CHECK(f());` returns the error of a `result<void>` early.
#define SP_CHECK(expression)                                                      \
  if (auto sp_checked = (expression); !sp_checked) {                              \
    return ::tl::unexpected(std::move(sp_checked).error());                       \
  }
