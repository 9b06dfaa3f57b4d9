// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/signpost/command_line.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <exception>
#include <utility>

#include "apps/signpost/command_tree.hpp"
#include "apps/signpost/completion.hpp"
#include "apps/signpost/manual.hpp"
#include "base/text.hpp"

namespace signpost::cli {
namespace {

constexpr const char* about =
    "Manages Signpost: zones, rules, addresses, keys, and the mail in the queue.\n";

constexpr const char* common_note =
    "The options of `signpost --help` (--json, --profile, --socket, --config, …) may stand here "
    "too.\n";

constexpr const char* epilogue = R"(Examples:
  signpost init --host-name mx1.example.org --postmaster you@example.net
                                                 set up this machine's node
  signpost zone create example.org               take mail for a domain
  signpost address add ops@example.net           where it may go to
  signpost rule create info@example.org --forward ops@example.net
  signpost dns check example.org                 what has to be published, and is not
  signpost explain alice@example.com info@example.org
  signpost queue list --state deferred           what waits for another attempt
  signpost doctor                                what is wrong with this node

Which server:
  The one that is named by --socket, --profile or --url, or in the environment by
  SIGNPOST_API_URL (with SIGNPOST_API_TOKEN) or SIGNPOST_PROFILE; without any the node of this
  machine, by its control socket; where there is none, the default profile.

Exit status:
  0  done; rules test, explain: the mail would be taken; status: the node is ready
  1  the answer is no: refused, not found, not ready, faults or mistakes were found
  2  wrong usage, or a configuration that cannot be read for the command
  3  no server answers

Files:
  The settings file is the one of --config, else of $SIGNPOST_CONFIG, else
  /etc/signpost/signpost.yaml; signpostd looks for it in the same way. The node's control socket is
  control.sock in its data directory (node.data_dir); only the node's own user and root may open
  it. Profiles are in ~/.config/signpost/profiles.yaml.
)";

/// What the command line says beside the command itself.
struct common_choices {
  settings_choice settings;
  server_choice server;
  bool json = false;
};

std::vector<option> common_options(common_choices& to) {
  return {{.name = "-c,--config",
           .type = "FILE",
           .help = "The settings file",
           .target = &to.settings.config,
           .completes = completion::file},
          {.name = "--data-dir",
           .type = "DIR",
           .help = "The node's data directory, instead of node.data_dir",
           .target = &to.settings.data_dir,
           .completes = completion::directory},
          {.name = "--socket",
           .type = "PATH",
           .help = "Ask the node of this control socket",
           .target = &to.server.socket,
           .completes = completion::file},
          {.name = "--profile",
           .type = "NAME",
           .help = "Ask the server of this profile",
           .target = &to.server.profile,
           .excludes = {"--socket"},
           .completes = completion::profile},
          {.name = "--url",
           .type = "URL",
           .help = "Ask this server, with the token in SIGNPOST_API_TOKEN",
           .target = &to.server.url,
           .excludes = {"--socket", "--profile"}},
          {.name = "--json", .help = "Print JSON; times are RFC 3339 in UTC", .target = &to.json}};
}

CLI::Option* declare(CLI::App& app, const option& o) {
  if (o.is_flag()) return app.add_flag(o.name, *std::get<bool*>(o.target), o.help);
  return std::visit(
      [&](auto* target) -> CLI::Option* {
        using target_type = std::remove_pointer_t<decltype(target)>;
        if constexpr (std::is_same_v<target_type, std::optional<std::string>>) {
          return app.add_option_function<std::string>(
              o.name, [target](const std::string& text) { *target = text; }, o.help);
        } else {
          return app.add_option(o.name, *target, o.help);
        }
      },
      o.target);
}

void add_option(CLI::App& app, const option& o) {
  auto& made = *declare(app, o);
  if (!o.is_flag()) made.type_name(o.type);
  made.required(o.required);
  if (std::holds_alternative<std::uint64_t*>(o.target)) {
    made.capture_default_str();
    if (o.max > 0) made.check(CLI::Range(std::uint64_t{0}, o.max));
  }
  if (!o.words.empty()) made.check(CLI::IsMember(o.words));
  if (o.is_list()) {
    // Only by position does a list take all that follows.
    if (!o.is_positional()) made.allow_extra_args(false);
    if (o.separator != 0) made.delimiter(o.separator);
  }
  for (const auto& other : o.excludes) made.excludes(app.get_option(other));
  for (const auto& other : o.needs) made.needs(app.get_option(other));
}

/// The nearest of the known words; empty if none is near.
std::string nearest(std::string_view word, const std::vector<std::string>& known) {
  std::string best;
  auto best_distance = std::max<std::size_t>(1, word.size() / 3) + 1;
  for (const auto& one : known) {
    // What was begun is meant: `cat` for `catch-all`.
    const bool begun = word.size() > 2 && one.starts_with(word);
    const auto distance = begun ? 0 : edit_distance(one, word);
    if (distance >= best_distance) continue;
    best = one;
    best_distance = distance;
  }
  return best;
}

bool takes_value(const tree_text& tree, std::string_view name) {
  for (const auto& o : tree.common) {
    if (o.is_flag()) continue;
    for (const auto one : split(o.name, ',')) {
      if (one == name) return true;
    }
  }
  return false;
}

void add_names(const std::vector<option>& options, std::vector<std::string>& to) {
  for (const auto& o : options) {
    for (const auto one : split(o.name, ',')) {
      if (one.starts_with("--")) to.emplace_back(one);
    }
  }
}

std::vector<std::string> names_of(const std::vector<command>& commands) {
  std::vector<std::string> out;
  for (const auto& c : commands) out.push_back(c.name);
  return out;
}

// Of a word that nobody knows, what it may be: a command where one must stand, or an option.
std::string not_understood(const tree_text& tree, const std::vector<std::string>& arguments) {
  std::string path = "signpost";
  const auto* level = &tree.commands;
  std::vector<std::string> options{"--help", "--version"};
  add_names(tree.common, options);
  bool value_follows = false;
  for (const auto& word : arguments) {
    if (word.starts_with("-")) {
      const auto name = word.substr(0, word.find('='));
      value_follows = name.size() == word.size() && takes_value(tree, name);
      if (!word.starts_with("--") || std::ranges::find(options, name) != options.end()) continue;
      const auto near = nearest(name, options);
      return fmt::format("{} has no option {}{}", path, printable(name, 60),
                         near.empty() ? "" : "; did you mean " + near + "?");
    }
    if (std::exchange(value_follows, false) || level->empty()) continue;
    const auto at = std::ranges::find(*level, word, &command::name);
    if (at == level->end()) {
      const auto known = names_of(*level);
      const auto near = nearest(word, known);
      return fmt::format("there is no command `{} {}`; {}", path, printable(word, 60),
                         near.empty() ? fmt::format("there are {}", fmt::join(known, ", "))
                                      : fmt::format("did you mean `{} {}`?", path, near));
    }
    path += " " + word;
    add_names(at->options, options);
    level = &at->commands;
  }
  return {};
}

/// CLI11's tree, made from ours, and the command that was named.
class parser {
 public:
  parser(const parser&) = delete;
  parser& operator=(const parser&) = delete;
  parser() : app_(about, "signpost") {
    app_.require_subcommand(1);
    app_.fallthrough();
    app_.footer(epilogue);
    app_.set_version_flag("--version", version_text());
    app_.get_formatter()->column_width(34);
    for (const auto& o : common_options(chosen_)) add_option(app_, o);
    tree_ = {.about = about,
             .epilogue = epilogue,
             .common = common_options(chosen_),
             .commands = all_commands()};
    tree_.commands.push_back(completion_command(tree_));
    tree_.commands.push_back(manual_command(tree_));
    tree_.commands.push_back(version_command());
    for (const auto& c : tree_.commands) add(app_, c);
  }

  /// Throws CLI::ParseError, also for --help and --version.
  void parse(std::vector<std::string> arguments) {
    std::ranges::reverse(arguments);  // CLI11 takes them from the back
    app_.parse(arguments);
  }
  [[nodiscard]] const common_choices& chosen() const { return chosen_; }
  [[nodiscard]] const command& chosen_command() const { return *command_; }
  CLI::App& app() { return app_; }
  [[nodiscard]] const tree_text& tree() const { return tree_; }

 private:
  static std::string version_text() { return std::string("signpost ") + SIGNPOST_VERSION; }
  static command version_command() {
    return {
        .name = "version", .help = "Print the version", .run = [](const command_context& context) {
          context.to.out(version_text() + "\n");
          return done;
        }};
  }

  void add(CLI::App& parent, const command& c) {
    auto& made = *parent.add_subcommand(c.name, c.help);
    made.footer(std::string(common_note) + (c.text.starts_with('\n') ? "" : "\n") + c.text);
    for (const auto& o : c.options) add_option(made, o);
    for (const auto& below : c.commands) add(made, below);
    if (c.run) {
      made.callback([this, &c] { command_ = &c; });
    } else {
      made.require_subcommand(1);
    }
  }

  common_choices chosen_;
  tree_text tree_;
  const command* command_ = nullptr;
  CLI::App app_;
};

// --help and --version are "errors" to CLI11, with status 0.
int explain(parser& arguments, const CLI::ParseError& what,
            const std::vector<std::string>& words, const console& to) {
  const bool unknown = dynamic_cast<const CLI::ExtrasError*>(&what) != nullptr
                       || dynamic_cast<const CLI::RequiredError*>(&what) != nullptr;
  const auto meant = unknown ? not_understood(arguments.tree(), words) : std::string();
  if (!meant.empty()) {
    to.err("signpost: " + meant + "\n");
    return wrong_usage;
  }
  std::ostringstream out;
  std::ostringstream err;
  const bool good = arguments.app().exit(what, out, err) == 0;
  to.out(out.str());
  if (!err.str().empty()) to.err("signpost: " + err.str());
  return good ? done : wrong_usage;
}

int run_unguarded(const std::vector<std::string>& arguments, const config::environment& environment,
                  const console& to, const connector& connect) {
  parser parsed;
  try {
    parsed.parse(arguments);
  } catch (const CLI::ParseError& e) {
    return explain(parsed, e, arguments, to);
  }
  const auto& chosen = parsed.chosen();
  const effective_settings settings(chosen.settings, environment);
  return parsed.chosen_command().run({.to = to,
                                      .settings = settings,
                                      .environment = environment,
                                      .connect = connect,
                                      .server = chosen.server,
                                      .json = chosen.json});
}

}  // namespace

int run(const std::vector<std::string>& arguments, const config::environment& environment,
        const console& to, const connector& connect) {
  try {
    return run_unguarded(arguments, environment, to, connect);
  } catch (const std::exception& e) {
    to.err(std::string("signpost: ") + e.what() + "\n");
    return wrong_usage;
  }
}

}  // namespace signpost::cli
