// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/cluster/link/link_world.hpp"
#include "tests/support/fake_link_network.hpp"

namespace signpost::cluster::link {
namespace {

class fake_world final : public link_world {
 public:
  fake_world() {
    network_.add({.number = 1});
    network_.add({.number = 2});
    network_.add({.number = 3, .roles = role_set().with(role::ingress)});
  }
  [[nodiscard]] node_link& link(node_number n) override { return network_.link(n); }
  void introduce() override { network_.introduce(); }
  bool wait(const std::function<bool()>& done, milliseconds at_most) override {
    const auto begun = waited_;
    while (waited_ - begun < at_most) {
      if (network_.wait(done, test::fake_link_network::step)) return true;
      waited_ += test::fake_link_network::step;
    }
    return false;
  }
  void stop(node_number n) override { network_.stop(n); }
  void resume(node_number n) override { network_.resume(n); }
  void kill(node_number n) override { network_.kill(n); }
  void restart(node_number n) override { network_.restart(n); }
  [[nodiscard]] steady_time now() const override { return steady_time(waited_); }

 private:
  test::fake_link_network network_{test_limits()};
  milliseconds waited_{0};
};

}  // namespace

std::unique_ptr<link_world> make_link_world() {
  return std::make_unique<fake_world>();
}

}  // namespace signpost::cluster::link
