// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/imf/received.hpp"

#include <algorithm>
#include <vector>

#include "base/limits.hpp"
#include "base/text.hpp"
#include "proto/imf/fields.hpp"

namespace signpost::imf {

namespace {

bool is_high(char c) {
  return static_cast<unsigned char>(c) >= 0x80;
}

/// A name that may be used as Domain or address literal: what is not allowed there becomes `_`.
std::string safe_name(std::string_view name, bool utf8) {
  name = name.substr(0, limits::domain_octets_max);
  const bool keep_high = utf8 && is_utf8(name);
  const std::string_view allowed = name.starts_with('[') ? "-._:[]" : "-._";
  std::string out(name);
  std::ranges::replace_if(
      out,
      [&](char c) {
        const bool fine = is_alnum(c) || allowed.find(c) != std::string_view::npos;
        return !fine && !(keep_high && is_high(c));
      },
      '_');
  return out;
}

/// A word of a comment or clause: atom characters only.
std::string safe_atom(std::string_view text) {
  auto out = safe_name(text, false);
  std::ranges::replace_if(
      out, [](char c) { return c == '[' || c == ']'; }, '_');
  return out;
}

/// True if `<mailbox>` can be written unchanged in a header field.
bool is_safe_path(std::string_view mailbox, bool utf8) {
  return !mailbox.empty() && mailbox.size() <= limits::path_octets_max
         && (!utf8 || is_utf8(mailbox)) && std::ranges::all_of(mailbox, [&](char c) {
              return is_high(c) ? utf8 : (c >= ' ' && c != 0x7f);
            });
}

/// RFC 5321 §4.4: Extended-Domain = Domain FWS "(" TCP-info ")".
void add_from(std::vector<std::string>& words, const received_info& info, bool utf8) {
  const auto literal = info.client_address.to_literal();
  words.emplace_back("from");
  words.push_back(info.helo.empty() ? literal : safe_name(info.helo, utf8));
  if (info.client_name.empty()) {
    words.push_back("(" + literal + ")");
  } else {
    words.push_back("(" + safe_name(info.client_name, utf8));
    words.push_back(literal + ")");
  }
}

void add_tls(std::vector<std::string>& words, const received_info& info) {
  if (info.tls_version.empty()) return;
  words.emplace_back("(using");
  words.push_back(safe_atom(info.tls_version));
  if (!info.tls_cipher.empty()) {
    words.insert(words.end(), {"with", "cipher", safe_atom(info.tls_cipher)});
  }
  if (info.tls_bits > 0) words.insert(words.end(), {"(" + std::to_string(info.tls_bits), "bits)"});
  words.back() += ")";
}

}  // namespace

std::string received_field(const received_info& info) {
  const bool utf8 = info.protocol.starts_with("UTF8");
  std::vector<std::string> words;
  add_from(words, info, utf8);
  add_tls(words, info);
  // Each clause is one word for folding: a line break inside it would be hard to read.
  words.push_back("by " + safe_name(info.by_host, utf8));
  words.push_back("(Signpost) with " + safe_atom(info.protocol));
  if (!info.queue_id.empty()) words.push_back("id " + safe_atom(info.queue_id));
  if (is_safe_path(info.for_recipient, utf8)) words.push_back("for <" + info.for_recipient + ">");
  words.back() += ";";
  words.push_back(one_line(info.date));
  return folded_field("Received", words);
}

}  // namespace signpost::imf
