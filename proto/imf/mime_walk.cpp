// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/imf/mime_walk.hpp"

#include <optional>

#include "base/text.hpp"

namespace signpost::imf {

namespace {

/// The longest boundary that we look for. RFC 2046 §5.1.1 allows 70; some senders exceed that.
constexpr std::size_t boundary_octets_max = 900;

enum class delimiter : std::uint8_t { none, part, close };

/// RFC 2046 §5.1.1: delimiter := "--" boundary; transport padding may follow, nothing else.
delimiter as_delimiter(std::string_view line, std::string_view boundary) {
  if (!line.starts_with("--") || line.substr(2, boundary.size()) != boundary) {
    return delimiter::none;
  }
  auto rest = line.substr(2 + boundary.size());
  const bool close = rest.starts_with("--");
  if (close) rest.remove_prefix(2);
  if (rest.find_first_not_of(" \t\r") != std::string_view::npos) return delimiter::none;
  return close ? delimiter::close : delimiter::part;
}

/// Cuts the body of a multipart into its parts, one at a time.
class part_splitter {
 public:
  part_splitter(std::string_view body, std::string_view boundary, line_ends ends)
      : rest_(body), boundary_(boundary), ends_(ends) {
    if (!next_piece()) closed_ = true;
  }

  /// The octets of the next part; nothing after the last.
  std::optional<std::string_view> next() {
    if (closed_) return std::nullopt;
    return next_piece();
  }

 private:
  /// What precedes the next delimiter line, without the line end that belongs to it. Nothing at the
  /// end.
  std::optional<std::string_view> next_piece() {
    if (rest_.empty()) return std::nullopt;
    std::size_t at = 0;
    std::size_t before = 0;  // where the previous line ended, without its line end
    while (at < rest_.size()) {
      const auto line = first_line(rest_.substr(at), ends_);
      const auto kind = as_delimiter(line.content, boundary_);
      if (kind != delimiter::none) {
        const auto piece = rest_.substr(0, before);
        rest_.remove_prefix(at + line.whole.size());
        closed_ = kind == delimiter::close;
        return piece;
      }
      before = at + line.content.size();
      at += line.whole.size();
    }
    const auto piece = rest_;
    rest_ = {};
    return piece;
  }

  std::string_view rest_;
  std::string_view boundary_;
  line_ends ends_;
  bool closed_ = false;
};

class walker {
 public:
  explicit walker(const part_visitor& visit) : visit_(visit) {}

  /// False if the visitor wants to stop.
  bool walk(std::string_view octets, line_ends ends, std::size_t depth) {
    if (depth > mime_depth_max || parts_ == mime_parts_max) {
      limited_ = true;
      return true;
    }
    ++parts_;
    mime_part part{.view = message_view(octets, ends), .depth = depth};
    part.type = parse_content_type(part.view.text("Content-Type"));
    const auto step = visit_(part);
    if (step != walk_step::into) return step == walk_step::over;
    if (part.type.is("multipart", "*")) return walk_multipart(part);
    if (part.type.is("message", "rfc822") || part.type.is("message", "global")) {
      return walk_message(part);
    }
    return true;
  }
  [[nodiscard]] bool limited() const { return limited_; }

 private:
  bool walk_multipart(const mime_part& part) {
    const auto boundary = part.type.parameter("boundary").value_or("");
    if (boundary.empty() || boundary.size() > boundary_octets_max) return true;
    part_splitter parts(part.view.body(), boundary, part.view.ends());
    while (const auto octets = parts.next()) {
      if (limited_) return true;
      if (!walk(*octets, part.view.ends(), part.depth + 1)) return false;
    }
    return true;
  }

  bool walk_message(const mime_part& part) {
    const auto encoding = to_lower(part.view.text("Content-Transfer-Encoding"));
    if (encoding == "base64" || encoding == "quoted-printable") return true;
    return walk(part.view.body(), part.view.ends(), part.depth + 1);
  }

  const part_visitor& visit_;
  std::size_t parts_ = 0;
  bool limited_ = false;
};

}  // namespace

result<void> walk_parts(const message_view& message, const part_visitor& visit) {
  walker w(visit);
  w.walk(message.octets(), message.ends(), 0);
  if (w.limited()) return fail(errc::limit_exceeded, "mime_parts_max or mime_depth_max");
  return {};
}

}  // namespace signpost::imf
