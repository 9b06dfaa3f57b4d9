// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/signpost/client/profiles.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>

#include "apps/config/private_files.hpp"
#include "apps/config/yaml_file.hpp"

namespace signpost::cli {
namespace {

constexpr std::size_t file_octets_max = 1 << 20;
constexpr std::array<std::string_view, 2> file_keys{"default", "profiles"};
constexpr std::array<std::string_view, 3> profile_keys{"url", "token", "ca_file"};

std::string path_of(const config::environment& environment) {
  auto base = variable_of(environment, "XDG_CONFIG_HOME");
  if (base.empty()) {
    base = variable_of(environment, "HOME");
    if (base.empty()) return {};
    base += "/.config";
  }
  return base + "/signpost/profiles.yaml";
}

result<std::string> text_or_nothing(const config::yaml_file& file, const YAML::Node& node,
                                    std::string_view key) {
  if (!node) return std::string();
  return file.text(node, key);
}

result<profile> one_profile(const config::yaml_file& file, std::string name,
                            const YAML::Node& node) {
  SP_CHECK(file.check_keys(node, "a profile", profile_keys));
  profile out{.name = std::move(name)};
  if (!node["url"]) return file.wrong(node, "a profile without a url; add `url: https://…`");
  SP_TRY(out.url, file.text(node["url"], "url"));
  SP_TRY(out.token, text_or_nothing(file, node["token"], "token"));
  SP_TRY(out.ca_file, text_or_nothing(file, node["ca_file"], "ca_file"));
  while (out.url.ends_with('/')) out.url.pop_back();
  return out;
}

result<void> parse(const config::yaml_file& file, profile_book& book) {
  const auto& root = file.root();
  if (root.IsNull()) return {};
  SP_CHECK(file.check_keys(root, "the profiles file", file_keys));
  SP_TRY(book.chosen, text_or_nothing(file, root["default"], "default"));
  const auto all = root["profiles"];
  if (!all || all.IsNull()) return {};
  if (!all.IsMap()) return file.wrong(all, "'profiles' must be a map; write `work: {url: …}`");
  for (const auto& entry : all) {
    SP_TRY(auto name, file.text(entry.first, "profiles"));
    SP_TRY(auto one, one_profile(file, std::move(name), entry.second));
    book.profiles.push_back(std::move(one));
  }
  return {};
}

result<void> parse_guarded(const std::string& text, profile_book& book) {
  SP_TRY(const auto file, config::yaml_file::parse(text, book.path));
  try {
    return parse(file, book);
  } catch (const YAML::Exception& e) {
    return fail(errc::malformed, book.path + ": " + e.what());
  }
}

// JSON's strings are YAML's too.
std::string in_quotes(const std::string& text) {
  return json(text).dump(-1, ' ', true, json::error_handler_t::replace);
}

std::string to_yaml(const profile_book& book) {
  std::string text = "# Servers that the command `signpost` uses; the tokens are secrets.\n";
  if (!book.chosen.empty()) text += "default: " + in_quotes(book.chosen) + "\n";
  text += book.profiles.empty() ? "profiles: {}\n" : "profiles:\n";
  for (const auto& p : book.profiles) {
    text += fmt::format("  {}:\n    url: {}\n    token: {}\n", in_quotes(p.name), in_quotes(p.url),
                        in_quotes(p.token));
    if (!p.ca_file.empty()) text += fmt::format("    ca_file: {}\n", in_quotes(p.ca_file));
  }
  return text;
}

}  // namespace

const profile* profile_book::find(std::string_view name) const {
  const auto at = std::ranges::find(profiles, name, &profile::name);
  return at == profiles.end() ? nullptr : &*at;
}

std::string variable_of(const config::environment& environment, std::string_view name) {
  const auto at = std::ranges::find(environment, name, &config::environment::value_type::first);
  return at == environment.end() ? std::string() : at->second;
}

bool is_socket(const std::string& path) {
  struct stat found {};
  if (::stat(path.c_str(), &found) != 0) return errno != ENOENT && errno != ENOTDIR;
  return S_ISSOCK(found.st_mode);
}

answer<profile_book> read_profiles(const config::environment& environment) {
  profile_book book{.path = path_of(environment)};
  if (book.path.empty()) return book;
  const auto text = config::read_private_file(book.path, file_octets_max);
  if (!text && text.error().code == errc::not_found) return book;
  if (!text) return refuse(wrong_usage, text.error().context);
  if (const auto parsed = parse_guarded(*text, book); !parsed) {
    return refuse(wrong_usage, parsed.error().context);
  }
  return book;
}

answer<void> write_profiles(const profile_book& book) {
  if (book.path.empty()) {
    return refuse(wrong_usage, "HOME is not set, so there is no place for profiles; set HOME");
  }
  const auto folder = std::filesystem::path(book.path).parent_path();
  std::error_code failed;
  std::filesystem::create_directories(folder.parent_path(), failed);
  if (failed) return refuse(wrong_usage, folder.string() + ": " + failed.message());
  // Others may look into it, as into all of ~/.config; the file itself is private.
  std::filesystem::create_directory(folder, failed);
  if (failed) return refuse(wrong_usage, folder.string() + ": " + failed.message());
  if (const auto written = config::write_private_file(book.path, to_yaml(book)); !written) {
    return refuse(wrong_usage, written.error().context);
  }
  return {};
}

}  // namespace signpost::cli
