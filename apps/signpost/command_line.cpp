// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/signpost/command_line.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <exception>
#include <functional>

#include "apps/signpost/commands.hpp"

namespace signpost::cli {
namespace {

constexpr const char* about =
    "Looks after a Signpost node: its queue, its rules and its configuration.\n";

constexpr const char* common_note =
    "The options of `signpost --help` (--config, --data-dir, --socket, --json) may stand here "
    "too.\n";

constexpr const char* list_examples = R"(
NEXT is the time of the next attempt. Each recipient has one line, so that grep finds it.

Examples:
  signpost queue list --state deferred --next-hop example.net
  signpost queue list --limit 0 --json | jq -r '.[].queue_id' | sort -u
)";

constexpr const char* show_examples = R"(
Recipients are those that still wait, with what was said last; events are all that happened, also
after the message is gone (storage.log_retention).

Examples:
  signpost queue show 06F1ZK3V8R00G0000000000018 --headers
)";

constexpr const char* retry_examples = R"(
The attempt is made at once, even if the destination was being left alone. Mail that is being
delivered at this moment is not touched.

Examples:
  signpost queue retry 06F1ZK3V8R00G0000000000018
  signpost queue retry --next-hop example.net
)";

constexpr const char* remove_examples = R"(
Removed mail is gone: no bounce is sent and nobody is told, but the events keep that it was removed.
Asks before it removes all mail of a destination; without a terminal --yes is needed.

Examples:
  signpost queue remove 06F1ZK3V8R00G0000000000018
  signpost queue remove --next-hop example.net --yes
)";

constexpr const char* rules_examples = R"(
Reads the zones file that the settings name, as the node would after a reload; asks no node. Ends
with 0 if mail would be accepted, with 1 if it would be refused.

Examples:
  signpost rules test info@example.org
  signpost rules test info+news@example.org --zones ./zones.yaml
)";

constexpr const char* check_examples = R"(
Every mistake is one line on standard error with its place and how to mend it; then the status is 1.
All mistakes of the settings file are told, of the zones file the first. Without mistakes:
`ok: 12 settings, 3 zones, 40 rules`.

Examples:
  signpost config check && systemctl reload signpostd
)";

constexpr const char* keygen_examples = R"(
Makes a private key in the key directory (signing.key_dir) and prints the DNS record to publish. The
key signs at once, also in a node that runs, unless --pending is given: then publish the record
first and let `signpost dkim rotate DOMAIN --activate` switch. A domain may have one RSA key, which
every receiver understands, and one Ed25519 key (RFC 8463), which some do, beside each other.

DOMAIN is the service's own (signing.domain, which signs every message and seals ARC) or that of a
zone. Run it as the node's user or as root, who gives the files to the owner of the data directory.

Examples:
  signpost dkim keygen mx.example.net --pending
  signpost dkim keygen example.org --type ed25519
)";

constexpr const char* dkim_show_examples = R"(
Prints every key's state and its record as lines of a zone file; comments begin with `;`. The value
is cut into strings of 255 octets, as DNS wants it; forms on the web want it whole, as --json has it
in `value`. Private keys are never shown.

Examples:
  signpost dkim show example.org >>example.org.zone
  signpost dkim show example.org --json | jq -r '.[] | .name, .value'
)";

constexpr const char* rotate_examples = R"(
Three steps; nothing breaks between them, and the node need not be restarted:
  1. `rotate DOMAIN` makes a pending key beside each one that signs. Publish the record it prints.
  2. `rotate DOMAIN --activate`, when all name servers answer with the new record: the new key
     signs, the old one is retired. Its record must stay: receivers still verify what it signed.
  3. `rotate DOMAIN --finish` removes keys retired for at least signing.valid_for and a week, and
     names the records to delete. Ends with 1 if it is too early; --force removes them all the same
     (for a key that has become known to others).

Examples:
  signpost dkim rotate example.org
  dig +short TXT sp202612r._domainkey.example.org
  signpost dkim rotate example.org --activate
  signpost dkim rotate example.org --finish
)";

constexpr const char* epilogue = R"(Examples:
  signpost queue list --state deferred       what waits for another attempt
  signpost queue show 06F1ZK3V8R00G0000000000018
  signpost queue retry --next-hop example.net
  signpost rules test info@example.org       where would mail go, and why
  signpost config check                      before a node is started or reloaded
  signpost dkim keygen example.org           make a DKIM key, print its DNS record

Exit status:
  0  done; rules test: the address is accepted; status: the node is ready
  1  the answer is no: refused, not found, not ready, mistakes were found
  2  wrong usage, or a configuration that cannot be read for the command
  3  no node answers

Files:
  signpost.yaml is looked for at --config, $SIGNPOST_CONFIG, ./signpost.yaml and
  /etc/signpost/signpost.yaml. The node's control socket is control.sock in its data
  directory (node.data_dir); only the node's own user and root may open it.
)";

/// What the command line said. Only the chosen command's part is used.
struct choices {
  settings_choice settings;
  std::string socket;
  bool json = false;
  queue_list_options list;
  queue_target target;
  events_options events;
  dkim_options dkim;
  std::string address;
  bool headers = false;
  bool yes = false;
};

using command = std::function<exit_status(const command_context&)>;

/// CLI11's tree, filling in `choices` and the command that was named.
class parser {
 public:
  parser() : app_(about, "signpost") {
    app_.require_subcommand(1);
    app_.fallthrough();
    app_.footer(epilogue);
    app_.set_version_flag("--version", std::string("signpost ") + SIGNPOST_VERSION);
    app_.get_formatter()->column_width(34);
    add_common();
    add_queue();
    add_node();
    add_rules();
    add_config();
    add_dkim();
    add(app_, "version", "Print the version", [](const command_context& context) {
      context.to.out(std::string("signpost ") + SIGNPOST_VERSION + "\n");
      return done;
    });
  }

  /// Throws CLI::ParseError, also for --help and --version.
  void parse(std::vector<std::string> arguments) {
    std::ranges::reverse(arguments);  // CLI11 takes them from the back
    app_.parse(arguments);
  }
  [[nodiscard]] const choices& chosen() const { return chosen_; }
  [[nodiscard]] const command& chosen_command() const { return command_; }
  CLI::App& app() { return app_; }

 private:
  CLI::App& add(CLI::App& parent, const std::string& name, const std::string& help, command run,
                const std::string& examples = "\n") {
    auto& made = *parent.add_subcommand(name, help);
    made.footer(common_note + examples);
    made.callback([this, run = std::move(run)] { command_ = run; });
    return made;
  }

  static CLI::App& add_group(CLI::App& parent, const std::string& name, const std::string& help) {
    auto& made = *parent.add_subcommand(name, help);
    made.footer(common_note);
    made.require_subcommand(1);
    return made;
  }

  void add_common() {
    app_.add_option("-c,--config", chosen_.settings.config, "The settings file")->type_name("FILE");
    app_.add_option("--data-dir", chosen_.settings.data_dir,
                    "The node's data directory, instead of node.data_dir")
        ->type_name("DIR");
    app_.add_option("--socket", chosen_.socket, "The node's control socket")->type_name("PATH");
    app_.add_flag("--json", chosen_.json, "Print JSON; times are RFC 3339 in UTC");
  }

  void add_queue() {
    auto& queue = add_group(app_, "queue", "Look at mail that waits, try it now, remove it");
    auto& list = add(
        queue, "list", "List recipients that wait, oldest message first",
        [this](const auto& context) { return queue_list(context, chosen_.list); }, list_examples);
    list.add_option("--next-hop", chosen_.list.next_hop, "Only mail for this destination domain")
        ->type_name("DOMAIN");
    list.add_option("--sender", chosen_.list.sender, "Only mail from this address")
        ->type_name("ADDRESS");
    list.add_option("--recipient", chosen_.list.recipient,
                    "Only mail to this address, as it was sent or as it is forwarded")
        ->type_name("ADDRESS");
    list.add_option("--state", chosen_.list.state,
                    "Only this state: queued (not tried yet) or deferred; final states of messages "
                    "with other recipients left: delivered, bounced, expired, removed")
        ->type_name("STATE");
    list.add_option("--limit", chosen_.list.limit, "At most so many recipients; 0 = all")
        ->type_name("N")
        ->capture_default_str();

    auto& show = add(
        queue, "show", "Show a message, its recipients and what happened to it",
        [this](const auto& context) {
          return queue_show(context, chosen_.target.queue_id, chosen_.headers);
        },
        show_examples);
    add_id(show).required();
    show.add_flag("--headers", chosen_.headers, "Show the message's header section too");

    auto& retry = add(
        queue, "retry", "Try a message, or all for a destination, now",
        [this](const auto& context) { return queue_retry(context, chosen_.target); },
        retry_examples);
    add_target(retry);
    auto& remove = add(
        queue, "remove", "Remove a message, or all for a destination; senders are not told",
        [this](const auto& context) { return queue_remove(context, chosen_.target, chosen_.yes); },
        remove_examples);
    add_target(remove);
    remove.add_flag("-y,--yes", chosen_.yes, "Do not ask");
  }

  CLI::Option& add_id(CLI::App& to) {
    return *to.add_option("queue_id", chosen_.target.queue_id, "The queue id, as it stands in logs")
                ->type_name("ID");
  }

  // One of both; the commands refuse neither.
  void add_target(CLI::App& to) {
    auto& id = add_id(to);
    to.add_option("--next-hop", chosen_.target.next_hop, "All mail for this destination domain")
        ->type_name("DOMAIN")
        ->excludes(&id);
  }

  void add_node() {
    add(app_, "status", "Show the state of the running node",
        [](const auto& context) { return node_status(context); });
    auto& events =
        add(app_, "events", "Show what happened to mail, newest first",
            [this](const auto& context) { return node_events(context, chosen_.events); });
    events.add_option("--zone", chosen_.events.zone, "Only of this zone")->type_name("DOMAIN");
    events.add_option("--limit", chosen_.events.limit, "At most so many")
        ->type_name("N")
        ->capture_default_str()
        ->check(CLI::Range(1, 1000));
  }

  void add_rules() {
    auto& rules = add_group(app_, "rules", "Try routing rules without a node");
    auto& test = add(
        rules, "test", "Say where mail for an address goes, and why",
        [this](const auto& context) {
          return rules_test(context, chosen_.address, !chosen_.settings.zones.empty());
        },
        rules_examples);
    test.add_option("address", chosen_.address, "The recipient, as in RCPT TO")
        ->type_name("ADDRESS")
        ->required();
    test.add_option("--zones", chosen_.settings.zones, "The zones file, instead of node.zones_file")
        ->type_name("FILE");
  }

  void add_config() {
    auto& config = add_group(app_, "config", "Check and show the configuration");
    add(
        config, "check", "Find mistakes in settings, environment, zones and certificate",
        [](const auto& context) { return config_check(context); }, check_examples);
    add(config, "show", "Print every setting, its value and where that comes from",
        [](const auto& context) { return config_show(context); });
    add(config, "reference", "Print the reference of all settings as Markdown",
        [](const auto& context) { return config_reference(context); });
  }

  void add_dkim() {
    auto& dkim = add_group(app_, "dkim", "Make, show and rotate the keys that sign mail");
    auto& keygen = add(
        dkim, "keygen", "Make a key and print the DNS record to publish",
        [this](const auto& context) { return dkim_keygen(context, chosen_.dkim); },
        keygen_examples);
    add_domain(keygen).required();
    add_key_type(keygen, "The key's type, rsa (the default) or ed25519");
    keygen
        .add_option("--selector", chosen_.dkim.selector,
                    "The key's name in the DNS; without it as sp202611r: month and type")
        ->type_name("NAME");
    keygen.add_flag("--pending", chosen_.dkim.pending, "Do not sign with it yet");

    auto& show = add(
        dkim, "show", "Print keys, their states and their DNS records",
        [this](const auto& context) { return dkim_show(context, chosen_.dkim); },
        dkim_show_examples);
    add_domain(show);

    auto& rotate = add(
        dkim, "rotate", "Replace the keys of a domain, step by step",
        [this](const auto& context) { return dkim_rotate(context, chosen_.dkim); },
        rotate_examples);
    add_domain(rotate).required();
    add_key_type(rotate, "Only keys of this type, rsa or ed25519");
    auto& activate = *rotate.add_flag("--activate", chosen_.dkim.activate,
                                      "Let the pending keys sign, retire those that did");
    auto& finish =
        *rotate.add_flag("--finish", chosen_.dkim.finish, "Remove keys retired long enough ago");
    finish.excludes(&activate);
    rotate.add_flag("--force", chosen_.dkim.force, "With --finish: however short ago")
        ->needs(&finish);
  }

  CLI::Option& add_domain(CLI::App& to) {
    return *to.add_option("domain", chosen_.dkim.domain, "The domain that signs (d=)")
                ->type_name("DOMAIN");
  }

  void add_key_type(CLI::App& to, const char* help) {
    to.add_option("--type", chosen_.dkim.type, help)
        ->type_name("TYPE")
        ->check(CLI::IsMember({"rsa", "ed25519"}));
  }

  choices chosen_;
  command command_;
  CLI::App app_;
};

// --help and --version are "errors" to CLI11, with status 0.
int explain(parser& arguments, const CLI::ParseError& what, const console& to) {
  std::ostringstream out;
  std::ostringstream err;
  const bool good = arguments.app().exit(what, out, err) == 0;
  to.out(out.str());
  if (!err.str().empty()) to.err("signpost: " + err.str());
  return good ? done : wrong_usage;
}

int run_unguarded(const std::vector<std::string>& arguments, const config::environment& environment,
                  const console& to) {
  parser parsed;
  try {
    parsed.parse(arguments);
  } catch (const CLI::ParseError& e) {
    return explain(parsed, e, to);
  }
  const auto& chosen = parsed.chosen();
  const effective_settings settings(chosen.settings, environment);
  return parsed.chosen_command()(
      {.to = to, .settings = settings, .socket = chosen.socket, .json = chosen.json});
}

}  // namespace

int run(const std::vector<std::string>& arguments, const config::environment& environment,
        const console& to) {
  try {
    return run_unguarded(arguments, environment, to);
  } catch (const std::exception& e) {
    to.err(std::string("signpost: ") + e.what() + "\n");
    return wrong_usage;
  }
}

}  // namespace signpost::cli
