// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/signpost/completion.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "base/text.hpp"

namespace signpost::cli {
namespace {

/// A command with everything that may follow it.
struct place {
  std::string path;  ///< ` zone list`; empty at the root
  std::vector<const command*> commands;
  std::vector<const option*> options;  ///< with the common ones

  [[nodiscard]] bool takes_zones() const {
    return std::ranges::any_of(options, [](const option* o) {
      return o->is_positional() && o->completes == completion::zone;
    });
  }
  [[nodiscard]] std::vector<std::string> positional_words() const {
    for (const auto* o : options) {
      if (o->is_positional() && !o->words.empty()) return o->words;
    }
    return {};
  }
};

void add_places(std::vector<place>& out, const std::string& path,
                const std::vector<command>& commands, const std::vector<option>& own,
                const std::vector<option>& common) {
  place here{.path = path};
  for (const auto& c : commands) here.commands.push_back(&c);
  for (const auto& o : own) here.options.push_back(&o);
  for (const auto& o : common) here.options.push_back(&o);
  out.push_back(std::move(here));
  for (const auto& c : commands)
    add_places(out, path + " " + c.name, c.commands, c.options, common);
}

std::vector<place> places_of(const tree_text& tree) {
  std::vector<place> out;
  add_places(out, "", tree.commands, {}, tree.common);
  return out;
}

std::string joined(const std::vector<std::string>& words, std::string_view between = " ") {
  std::string out;
  for (const auto& word : words) {
    if (!out.empty()) out += between;
    out += word;
  }
  return out;
}

// In single quotes of bash, zsh and fish.
std::string in_quotes(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  return out + "'";
}

std::vector<std::string> names_of(const option& o) {
  std::vector<std::string> out;
  for (const auto one : split(o.name, ',')) out.emplace_back(one);
  return out;
}

// ` zone list --account|` as patterns of `case`.
std::string patterns(const place& at, const option& o) {
  std::vector<std::string> all;
  for (const auto& name : names_of(o)) all.push_back("\"" + at.path + " " + name + "\"");
  return joined(all, "|");
}

/// What bash does for the value of an option; empty: nothing is known of it.
std::string bash_value(const option& o) {
  if (!o.words.empty()) {
    return fmt::format("COMPREPLY=($(compgen -W {} -- \"$cur\"))", in_quotes(joined(o.words)));
  }
  switch (o.completes) {
    case completion::file:
      return "compopt -o filenames; COMPREPLY=($(compgen -f -- \"$cur\"))";
    case completion::directory:
      return "compopt -o filenames; COMPREPLY=($(compgen -d -- \"$cur\"))";
    case completion::zone:
      return "COMPREPLY=($(compgen -W \"$(signpost zone list --names 2>/dev/null)\" -- \"$cur\"))";
    case completion::profile:
      return "COMPREPLY=($(compgen -W \"$(signpost profile list --names 2>/dev/null)\" -- "
             "\"$cur\"))";
    case completion::nothing:
      break;
  }
  return "COMPREPLY=()";
}

std::vector<std::string> option_names(const place& at) {
  std::vector<std::string> out;
  for (const auto* o : at.options) {
    if (!o->is_positional()) out.push_back(o->long_name());
  }
  out.emplace_back("--help");
  return out;
}

std::vector<std::string> words_at(const place& at) {
  std::vector<std::string> out;
  for (const auto* c : at.commands) out.push_back(c->name);
  std::ranges::copy(at.positional_words(), std::back_inserter(out));
  return out;
}

// The path of commands so far, without options and their values, in `$path`.
std::string bash_path_loop(const std::vector<place>& all) {
  std::vector<std::string> known;
  for (const auto& at : all) {
    if (!at.path.empty()) known.push_back("\"" + at.path + "\"");
  }
  return fmt::format(
      "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
      "    case \"$path ${{COMP_WORDS[i]}}\" in\n"
      "      {}) path=\"$path ${{COMP_WORDS[i]}}\" ;;\n"
      "    esac\n"
      "  done\n",
      joined(known, "|"));
}

// zsh describes what it offers: `name:help`.
std::string described(std::string_view name, std::string_view help) {
  std::string safe;
  for (const char c : name) safe += c == ':' ? "\\:" : std::string(1, c);
  return in_quotes(fmt::format("{}:{}", safe, help));
}

std::string zsh_value(const option& o) {
  if (!o.words.empty()) return fmt::format("compadd -- {}", joined(o.words));
  switch (o.completes) {
    case completion::file:
      return "_files";
    case completion::directory:
      return "_files -/";
    case completion::zone:
      return "compadd -- ${(f)\"$(signpost zone list --names 2>/dev/null)\"}";
    case completion::profile:
      return "compadd -- ${(f)\"$(signpost profile list --names 2>/dev/null)\"}";
    case completion::nothing:
      break;
  }
  return "_message value";
}

std::string zsh_entries(const place& at) {
  std::string options;
  for (const auto* o : at.options) {
    if (!o->is_positional()) options += " " + described(o->long_name(), o->help);
  }
  std::string commands;
  for (const auto* c : at.commands) commands += " " + described(c->name, c->help);
  std::string text = fmt::format("    \"{}\")\n      offered=({})\n      options=({})\n", at.path,
                                 commands, options);
  if (const auto words = at.positional_words(); !words.empty()) {
    text += fmt::format("      offered+=({})\n", joined(words));
  }
  if (at.takes_zones()) text += "      zones=1\n";
  return text + "      ;;\n";
}

std::string fish_value(const option& o) {
  if (!o.words.empty()) return " -x -a " + in_quotes(joined(o.words));
  switch (o.completes) {
    case completion::file:
      return " -r -F";
    case completion::directory:
      return " -x -a '(__fish_complete_directories)'";
    case completion::zone:
      return " -x -a '(signpost zone list --names 2>/dev/null)'";
    case completion::profile:
      return " -x -a '(signpost profile list --names 2>/dev/null)'";
    case completion::nothing:
      break;
  }
  return " -x";
}

std::string fish_entries(const place& at) {
  const auto condition = " -n " + in_quotes(fmt::format("__signpost_at \"{}\"", at.path));
  std::string text;
  for (const auto* c : at.commands) {
    text +=
        fmt::format("complete -c signpost{} -a {} -d {}\n", condition, c->name, in_quotes(c->help));
  }
  if (const auto words = at.positional_words(); !words.empty()) {
    text += fmt::format("complete -c signpost{} -a {}\n", condition, in_quotes(joined(words)));
  }
  if (at.takes_zones()) {
    text += fmt::format("complete -c signpost{} -a '(signpost zone list --names 2>/dev/null)'\n",
                        condition);
  }
  for (const auto* o : at.options) {
    if (o->is_positional()) continue;
    text +=
        fmt::format("complete -c signpost{} -l {}{} -d {}\n", condition, o->long_name().substr(2),
                    o->is_flag() ? "" : fish_value(*o), in_quotes(o->help));
  }
  return text;
}

}  // namespace

std::string bash_completion(const tree_text& tree) {
  const auto all = places_of(tree);
  std::string values;
  std::string entries;
  for (const auto& at : all) {
    for (const auto* o : at.options) {
      if (o->is_flag() || o->is_positional()) continue;
      values += fmt::format("    {}) {}; return ;;\n", patterns(at, *o), bash_value(*o));
    }
    entries += fmt::format("    \"{}\") words={}; options={}{} ;;\n", at.path,
                           in_quotes(joined(words_at(at))), in_quotes(joined(option_names(at))),
                           at.takes_zones() ? "; zones=1" : "");
  }
  return "# bash completion of signpost; made by `signpost completion bash`\n"
         "_signpost() {\n"
         "  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
         "  local path= words= options= zones= i\n"
         + bash_path_loop(all) + "  case \"$path $prev\" in\n" + values
         + "  esac\n"
           "  case \"$path\" in\n"
         + entries
         + "  esac\n"
           "  if [[ $cur == -* ]]; then words=$options\n"
           "  elif [[ $zones ]]; then words=\"$words $(signpost zone list --names 2>/dev/null)\"\n"
           "  fi\n"
           "  COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
           "}\n"
           "complete -F _signpost signpost\n";
}

std::string zsh_completion(const tree_text& tree) {
  const auto all = places_of(tree);
  std::vector<std::string> known;
  std::string values;
  std::string entries;
  for (const auto& at : all) {
    if (!at.path.empty()) known.push_back("\"" + at.path + "\"");
    for (const auto* o : at.options) {
      if (o->is_flag() || o->is_positional()) continue;
      values += fmt::format("    {}) {}; return ;;\n", patterns(at, *o), zsh_value(*o));
    }
    entries += zsh_entries(at);
  }
  return fmt::format(
      "#compdef signpost\n"
      "# zsh completion of signpost; made by `signpost completion zsh`\n"
      "_signpost() {{\n"
      "  local at= zones= i\n"
      "  local -a offered options\n"
      "  for ((i = 2; i < CURRENT; i++)); do\n"
      "    case \"$at ${{words[i]}}\" in\n"
      "      {}) at=\"$at ${{words[i]}}\" ;;\n"
      "    esac\n"
      "  done\n"
      "  case \"$at ${{words[CURRENT-1]}}\" in\n{}  esac\n"
      "  case \"$at\" in\n{}  esac\n"
      "  if [[ ${{words[CURRENT]}} == -* ]]; then _describe option options\n"
      "  else\n"
      "    (( ${{#offered}} )) && _describe command offered\n"
      "    [[ -n $zones ]] && compadd -- ${{(f)\"$(signpost zone list --names 2>/dev/null)\"}}\n"
      "  fi\n"
      "}}\n"
      // From a directory of functions the file itself is the first call.
      "if [[ $funcstack[1] == _signpost ]]; then _signpost \"$@\"\n"
      "else compdef _signpost signpost\n"
      "fi\n",
      joined(known, "|"), values, entries);
}

std::string fish_completion(const tree_text& tree) {
  const auto all = places_of(tree);
  std::vector<std::string> known;
  std::string entries;
  for (const auto& at : all) {
    if (!at.path.empty()) known.push_back(in_quotes(at.path));
    entries += fish_entries(at);
  }
  return fmt::format(
             "# fish completion of signpost; made by `signpost completion fish`\n"
             "function __signpost_at\n"
             "  set -l known {}\n"
             "  set -l at ''\n"
             "  for word in (commandline -opc)[2..-1]\n"
             "    contains -- \"$at $word\" $known; and set at \"$at $word\"\n"
             "  end\n"
             "  test \"$at\" = \"$argv[1]\"\n"
             "end\n"
             "complete -c signpost -f\n",
             joined(known))
         + entries;
}

command completion_command(const tree_text& tree) {
  const auto shell = std::make_shared<std::string>();
  return {.name = "completion",
          .help = "Print the completion script of a shell",
          .text =
              "Examples:\n"
              "  source <(signpost completion bash)\n"
              "  signpost completion bash >/etc/bash_completion.d/signpost\n"
              "  signpost completion zsh >/usr/local/share/zsh/site-functions/_signpost\n"
              "  signpost completion fish >~/.config/fish/completions/signpost.fish\n",
          .options = {{.name = "shell",
                       .type = "SHELL",
                       .help = "bash, zsh or fish",
                       .target = shell.get(),
                       .required = true,
                       .words = {"bash", "zsh", "fish"}}},
          .run = [&tree, shell](const command_context& context) {
            context.to.out(*shell == "bash"  ? bash_completion(tree)
                           : *shell == "zsh" ? zsh_completion(tree)
                                             : fish_completion(tree));
            return done;
          }};
}

}  // namespace signpost::cli
