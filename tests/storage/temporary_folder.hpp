// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// A folder that goes away, and the time at which the tests of the stores begin.
#pragma once

#include <string>

#include "base/clock.hpp"

namespace signpost::storage {

/// A fresh folder under testing::TempDir(), removed with everything in it.
class temporary_folder {
 public:
  temporary_folder();
  ~temporary_folder();
  temporary_folder(const temporary_folder&) = delete;
  temporary_folder& operator=(const temporary_folder&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// The time at which every test begins.
inline constexpr wall_time start{seconds{1'790'000'000}};

}  // namespace signpost::storage
