// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "base/uri.hpp"

#include <gtest/gtest.h>

namespace signpost {
namespace {

TEST(Uri, IsASchemeAndWhatBelongsToIt) {
  for (const char* text :
       {"mailto:ann@shop.example", "https://r.shop.example/v1?a=b&c=%41#top", "x+y-1.z:1",
        "mailto:", "mailto:ann@shop.example?subject=a!b", "https://[2001:db8::1]:8443/"}) {
    EXPECT_TRUE(is_uri(text)) << text;
  }
  for (const char* text : {"", ":", ":ann", "shop.example", "1a:x", "a b:x", "mailto:a b",
                           "https://shop.example/%", "https://shop.example/%4", "https://x/%4g",
                           "https://x/\"", "https://b\xc3\xbc.example/", "https://x/\x7f"}) {
    EXPECT_FALSE(is_uri(text)) << text;
  }
}

}  // namespace
}  // namespace signpost
