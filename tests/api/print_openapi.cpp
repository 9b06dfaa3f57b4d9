// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Prints the OpenAPI document, for tools.
#include <cstdio>

#include "api/openapi.hpp"

int main() {
  const auto text = signpost::api::to_text(signpost::api::openapi_document(), true);
  return std::puts(text.c_str()) < 0 ? 1 : 0;
}
