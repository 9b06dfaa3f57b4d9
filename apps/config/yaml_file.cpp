// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/config/yaml_file.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <set>

#include "apps/config/yaml_mistakes.hpp"
#include "base/text.hpp"

namespace signpost::config {
namespace {

std::string place(const std::string& name, const YAML::Mark& mark) {
  if (mark.is_null()) return name;
  return fmt::format("{}:{}:{}", name, mark.line + 1, mark.column + 1);
}

errc code_of(int number) {
  if (number == ENOENT || number == ENOTDIR) return errc::not_found;
  return number == EACCES || number == EPERM ? errc::denied : errc::unavailable;
}

tl::unexpected<error> file_error(const std::string& path, int number) {
  return fail(code_of(number), path + ": " + std::strerror(number));
}

std::string nearest(std::string_view key, std::span<const std::string_view> known) {
  std::string_view best;
  auto best_distance = std::max<std::size_t>(1, key.size() / 3) + 1;
  for (const auto candidate : known) {
    const auto distance = edit_distance(candidate, key);
    if (distance < best_distance) {
      best = candidate;
      best_distance = distance;
    }
  }
  return std::string(best);
}

}  // namespace

result<std::string> read_whole_file(const std::string& path) {
  struct closer {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  const std::unique_ptr<std::FILE, closer> file(std::fopen(path.c_str(), "rbe"));
  if (!file) return file_error(path, errno);
  struct stat about {};
  if (::fstat(fileno(file.get()), &about) != 0) return file_error(path, errno);
  if (S_ISDIR(about.st_mode)) return file_error(path, EISDIR);
  std::string text;
  text.reserve(static_cast<std::size_t>(std::max<off_t>(about.st_size, 0)) + 1);
  std::string chunk(64 * 1024, '\0');
  while (const auto octets = std::fread(chunk.data(), 1, chunk.size(), file.get())) {
    if (text.size() + octets > yaml_octets_max) {
      return fail(errc::limit_exceeded, path + ": yaml_octets_max");
    }
    text.append(chunk, 0, octets);
  }
  if (std::ferror(file.get()) != 0) return file_error(path, errno);
  return text;
}

result<yaml_file> yaml_file::parse(const std::string& text, std::string name) {
  const auto refused = [&](const yaml_mistake& m) {
    return fail(errc::malformed, fmt::format("{}:{}:{}: {}", name, m.line, m.column, m.what));
  };
  try {
    auto documents = YAML::LoadAll(text);
    if (documents.size() > 1) {
      return fail(errc::malformed, place(name, documents[1].Mark())
                                       + ": has a second document; put everything into one");
    }
    // yaml-cpp takes the rest of the text for the value.
    if (const auto open = open_quote(text)) return refused(*open);
    return yaml_file(documents.empty() ? YAML::Node() : documents.front(), std::move(name));
  } catch (const YAML::Exception& e) {
    if (e.mark.is_null()) return fail(errc::malformed, name + ": " + e.msg);
    return refused(explained(text, e.msg, static_cast<std::size_t>(std::max(e.mark.line, 0)),
                             static_cast<std::size_t>(std::max(e.mark.column, 0))));
  }
}

tl::unexpected<error> yaml_file::wrong(const YAML::Node& node, std::string_view what) const {
  return fail(errc::malformed, place(name_, node.Mark()) + ": " + std::string(what));
}

result<void> yaml_file::check_keys(const YAML::Node& node, std::string_view what,
                                   std::span<const std::string_view> known) const {
  if (!node.IsMap()) {
    return wrong(node, fmt::format("{} must be a map; write `{}: …`", what, known.front()));
  }
  std::vector<std::string_view> seen;
  for (const auto& entry : node) {
    if (!entry.first.IsScalar()) return wrong(entry.first, "a key must be a word");
    const auto& key = entry.first.Scalar();
    const auto it = std::ranges::find(known, key);
    if (it == known.end()) {
      const auto near = nearest(key, known);
      return wrong(entry.first,
                   fmt::format("unknown key '{}' in {}; {}", printable(key, 60), what,
                               near.empty() ? fmt::format("known keys: {}", fmt::join(known, ", "))
                                            : fmt::format("did you mean '{}'?", near)));
    }
    if (std::ranges::find(seen, *it) != seen.end()) {
      return wrong(entry.first, fmt::format("'{}' is given more than once; remove one", key));
    }
    seen.push_back(*it);
  }
  return {};
}

result<std::string> yaml_file::text(const YAML::Node& node, std::string_view key) const {
  if (!node.IsScalar()) return wrong(node, fmt::format("'{}' must be text", key));
  return node.Scalar();
}

result<bool> yaml_file::boolean(const YAML::Node& node, std::string_view key) const {
  const auto word = node.IsScalar() ? to_lower(node.Scalar()) : std::string();
  if (word == "true" || word == "yes" || word == "on") return true;
  if (word == "false" || word == "no" || word == "off") return false;
  return wrong(node, fmt::format("'{}' must be true or false", key));
}

result<std::vector<YAML::Node>> yaml_file::list(const YAML::Node& node,
                                                std::string_view key) const {
  std::vector<YAML::Node> items;
  if (node.IsNull()) return items;
  if (node.IsScalar()) return std::vector<YAML::Node>{node};
  if (!node.IsSequence()) {
    return wrong(node, fmt::format("'{}' must be a list; write `{}: [a, b]`", key, key));
  }
  items.reserve(node.size());
  for (const auto& item : node) items.push_back(item);
  return items;
}

}  // namespace signpost::config
