// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What an operator prepares before nodes become a cluster. No node is asked.
#include <fmt/format.h>

#include <memory>

#include "apps/signpost/client/session.hpp"
#include "apps/signpost/offline/cluster_folder.hpp"
#include "apps/signpost/terminal/text_table.hpp"
#include "base/random.hpp"
#include "base/settings.hpp"
#include "cluster/link/identity.hpp"
#include "cluster/sockets/node_certificate.hpp"

namespace signpost::cli {
namespace {

constexpr const char* cluster_init_text = R"(
Makes a folder with a certificate authority of the cluster's own, its id, and the key of the secrets
in the control database. Whoever has the folder can add nodes: keep it on no node, and keep a copy.

Examples:
  signpost cluster init --dir ~/signpost-cluster
)";

constexpr const char* cluster_certificate_text = R"(
Issues a certificate for a node, with its name and the roles that other nodes let it have, and puts
what the node needs into the folder NAME. To renew it, run the command again and copy node.crt and
node.key to the node, which uses them for new connections without a restart.

Examples:
  signpost cluster certificate mx1 --dir ~/signpost-cluster
  signpost cluster certificate in1 --dir ~/signpost-cluster --roles ingress,auth --valid-for 90d
)";

constexpr const char* cluster_check_text = R"(
Checks the folder that a node was given: that certificate, key and authority belong together and are
valid, whom they are for, and when they end. Ends with 1 if the node could not use them.

Examples:
  signpost cluster check /etc/signpost/cluster
  signpost cluster check /etc/signpost/cluster --name mx1 --json
)";

struct cluster_options {
  std::string folder = "cluster";
  std::string name;
  std::string roles;
  std::string valid_for = "365d";
};

no_answer reason_of(const error& why) {
  const bool usage = why.code == errc::malformed || why.code == errc::denied;
  return {.status = usage ? wrong_usage : negative, .text = why.context};
}

exit_status cluster_init(const command_context& context, const cluster_options& o) {
  system_random random;
  const auto id = cluster_folder(o.folder).create(context.to.time.now(), random);
  if (!id) return complain(context, reason_of(id.error()));
  return print_outcome(
      context, {{"folder", o.folder}, {"cluster", *id}},
      fmt::format("The cluster {} is in {}: its authority (ca.crt, ca.key), its id, and the key "
                  "of its secrets.\nWhoever has this folder can add nodes: keep it on no node, "
                  "and keep a copy.\n\nNext, for each node:\n"
                  "  signpost cluster certificate NAME --dir {}\n"
                  "  copy the folder {}/NAME to the node, to be read by its user alone\n"
                  "  signpost cluster check FOLDER       (on the node)\n",
                  *id, o.folder, o.folder, o.folder));
}

result<node_wish> wish_of(const cluster_options& o) {
  node_wish wish{.name = o.name, .roles = cluster::role_set::all()};
  if (!o.roles.empty()) {
    SP_TRY(wish.roles, cluster::link::read_roles(o.roles));
  }
  SP_TRY(wish.valid_for, parse_duration(o.valid_for));
  if (wish.valid_for < std::chrono::hours(1)) {
    return fail(errc::malformed, "--valid-for: at least 1h");
  }
  return wish;
}

exit_status cluster_certificate(const command_context& context, const cluster_options& o) {
  const auto wish = wish_of(o);
  if (!wish) return complain(context, reason_of(wish.error()));
  const cluster_folder folder(o.folder);
  const auto until = folder.issue(*wish, context.to.time.now());
  if (!until) {
    auto why = reason_of(until.error());
    if (until.error().code == errc::not_found) {
      why.advice = "`signpost cluster init` makes the folder; --dir names it";
    }
    return complain(context, why);
  }
  const auto roles = cluster::link::to_string(wish->roles);
  const auto ends = to_rfc3339(*until).substr(0, 10);
  return print_outcome(
      context,
      {{"name", o.name}, {"roles", roles}, {"until", ends}, {"folder", folder.node_path(o.name)}},
      fmt::format("{} has what the node '{}' needs ({}), until {}.\n"
                  "Copy it to the node, to be read by its user alone, and delete it here.\n",
                  folder.node_path(o.name), o.name, roles, ends));
}

std::pair<const char*, tone> word_of(cluster::finding_grade grade) {
  switch (grade) {
    case cluster::finding_grade::good:
      return {"ok", tone::good};
    case cluster::finding_grade::warning:
      return {"warn", tone::warning};
    case cluster::finding_grade::bad:
      break;
  }
  return {"fail", tone::bad};
}

exit_status cluster_check(const command_context& context, const cluster_options& o) {
  const auto id = cluster_folder::id_of(o.folder);
  if (!id) return complain(context, reason_of(id.error()));
  cluster::certificate_wish wish{.cluster = *id, .name = o.name};
  if (!o.roles.empty()) {
    const auto roles = cluster::link::read_roles(o.roles);
    if (!roles) return complain(context, reason_of(roles.error()));
    wish.roles = *roles;
  }
  auto rows = json::array();
  std::string text;
  bool usable = true;
  for (const auto& f : cluster::check_node_certificate(cluster_folder::files_of(o.folder), wish,
                                                       context.to.time.now())) {
    const auto [word, shade] = word_of(f.grade);
    usable = usable && f.grade != cluster::finding_grade::bad;
    rows.push_back(
        {{"result", word}, {"subject", f.subject}, {"text", f.text}, {"hint", f.hint}});
    text += fmt::format("{:<4}  {}: {}\n", painted(word, shade, context.to.colours), f.subject,
                        display_text(f.text));
    if (!f.hint.empty()) text += fmt::format("      {}\n", f.hint);
  }
  if (context.json) {
    print_json(context, rows);
  } else {
    context.to.out(text);
  }
  return usable ? done : negative;
}

option folder_option(std::string& target) {
  return {.name = "--dir",
          .type = "FOLDER",
          .help = "The cluster's folder (default: cluster)",
          .target = &target,
          .completes = completion::directory};
}

option roles_option(std::string& target, const char* help) {
  return {.name = "--roles", .type = "ROLES", .help = help, .target = &target};
}

}  // namespace

command cluster_commands() {
  const auto o = std::make_shared<cluster_options>();
  return {
      .name = "cluster",
      .help = "Prepare nodes that work together: authority and certificates",
      .commands = {
          {.name = "init",
           .help = "Make the authority, the id and the secret of a new cluster",
           .text = cluster_init_text,
           .options = {folder_option(o->folder)},
           .run = [o](const auto& context) { return cluster_init(context, *o); }},
          {.name = "certificate",
           .help = "Issue or renew the certificate of a node",
           .text = cluster_certificate_text,
           .options = {{.name = "name",
                        .type = "NAME",
                        .help = "The node's name in the cluster, for example mx1",
                        .target = &o->name,
                        .required = true},
                       folder_option(o->folder),
                       roles_option(o->roles, "What the node may do, for example ingress,auth "
                                              "(default: everything)"),
                       {.name = "--valid-for",
                        .type = "TIME",
                        .help = "How long it is valid (default: 365d)",
                        .target = &o->valid_for}},
           .run = [o](const auto& context) { return cluster_certificate(context, *o); }},
          {.name = "check",
           .help = "Check the folder that a node was given",
           .text = cluster_check_text,
           .options = {{.name = "folder",
                        .type = "FOLDER",
                        .help = "The folder on the node",
                        .target = &o->folder,
                        .required = true,
                        .completes = completion::directory},
                       {.name = "--name",
                        .type = "NAME",
                        .help = "The node that it should be for",
                        .target = &o->name},
                       roles_option(o->roles, "What the node should be allowed to do")},
           .run = [o](const auto& context) { return cluster_check(context, *o); }}}};
}

}  // namespace signpost::cli
