// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/signpost/manual.hpp"

#include <fmt/format.h>

#include "base/text.hpp"

namespace signpost::cli {
namespace {

// A line of text, whatever it begins with.
std::string roff(std::string_view text) {
  std::string out;
  if (text.starts_with('.') || text.starts_with('\'')) out = "\\&";
  for (const char c : text) {
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      out += c;
    }
  }
  return out;
}

// Lines as they are.
std::string literal(std::string_view text) {
  std::string out = ".nf\n";
  for (const auto line : split(trim(text), '\n')) out += roff(line) + "\n";
  return out + ".fi\n";
}

std::string option_entry(const option& o) {
  auto head = std::string("\\fB") + roff(o.name) + "\\fR";
  if (!o.is_flag()) head += " \\fI" + roff(o.type) + "\\fR";
  auto text = o.help;
  if (!o.words.empty()) {
    text += ":";
    for (const auto& word : o.words) text += " " + word;
  }
  return fmt::format(".TP\n{}\n{}\n", head, roff(text));
}

std::string synopsis(const std::string& path, const command& c) {
  auto line = path;
  for (const auto& o : c.options) {
    if (o.is_positional()) line += o.required ? " " + o.type : " [" + o.type + "]";
  }
  return line + (c.options.empty() ? "" : " [options]");
}

void add_commands(std::string& page, const std::string& path, const std::vector<command>& list) {
  for (const auto& c : list) {
    const auto here = path + " " + c.name;
    if (c.run) {
      page += fmt::format(".SS {}\n{}.\n", roff(synopsis(here, c)), roff(c.help));
      for (const auto& o : c.options) page += option_entry(o);
      if (!c.text.empty()) page += ".PP\n" + literal(c.text);
    }
    add_commands(page, here, c.commands);
  }
}

}  // namespace

std::string manual_page(const tree_text& tree) {
  std::string page =
      ".TH SIGNPOST 1\n"
      ".SH NAME\n"
      "signpost \\- manages Signpost, an e\\-mail router\n"
      ".SH SYNOPSIS\n"
      ".B signpost\n"
      "[options] COMMAND\n"
      ".SH DESCRIPTION\n"
      + roff(trim(tree.about)) + "\n.SH OPTIONS\n";
  for (const auto& o : tree.common) page += option_entry(o);
  page += ".SH COMMANDS\n";
  add_commands(page, "signpost", tree.commands);
  return page + ".SH NOTES\n" + literal(tree.epilogue);
}

command manual_command(const tree_text& tree) {
  return {.name = "manual",
          .help = "Print the manual page",
          .text =
              "Examples:\n  signpost manual | man -l -\n"
              "  signpost manual >/usr/local/share/man/man1/signpost.1\n",
          .run = [&tree](const command_context& context) {
            context.to.out(manual_page(tree));
            return done;
          }};
}

}  // namespace signpost::cli
