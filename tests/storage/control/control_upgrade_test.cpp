// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What earlier versions wrote is read as it was meant.
#include "base/log.hpp"
#include "storage/control/control_codec.hpp"
#include "storage/control/control_database.hpp"
#include "storage/control/control_rows.hpp"
#include "tests/storage/control_support.hpp"

namespace signpost::storage {
namespace {

using control_schema::family;
using model::control_transaction;

class ControlUpgrade : public testing::Test {
 protected:
  ControlUpgrade() {
    configure_logging({.level = log_level::off});
    const auto store = open();
    const auto done = change(*store, [](control_transaction& t) -> result<void> {
      SP_CHECK(t.put(make_account(1)));
      SP_CHECK(t.put(make_zone(1)));
      return t.put(make_rule(1, 1));
    });
    EXPECT_TRUE(done.has_value());
  }
  std::unique_ptr<model::control_store> open() { return must_open_control({.path = path_}); }

  temporary_folder folder_;
  const std::string path_ = folder_.path() + "/config";
};

// Zones without a word on whose they are, and no index of what is below.
TEST_F(ControlUpgrade, ZonesOfVersionOneStayActive) {
  {
    const auto raw = control_database::open({.path = path_});
    ASSERT_TRUE(raw.has_value());
    auto& db = (*raw)->db();
    const auto zone = control_schema::key('z', packed(id_of('z', 1)));
    auto old = encode(make_zone(1));
    old.resize(old.size() - 4);  // status, proof, two times that are not set
    old[0] = '\x10';
    ASSERT_TRUE(db.Put({}, (*raw)->of(family::object), zone, old).ok());
    const auto suffix = suffix_row(make_zone(1));
    ASSERT_TRUE(db.Delete({}, (*raw)->of(suffix.family), suffix.key).ok());
    ASSERT_TRUE(db.Put({}, (*raw)->of(family::meta), "schema_version", schema::be64(1)).ok());
  }
  const auto store = open();
  EXPECT_EQ(store->read()->zone(id_of('z', 1)), make_zone(1));
  EXPECT_TRUE(store->read()->zone(id_of('z', 1))->is_active());
  EXPECT_EQ(disagreements(*store), 0);
}

// Changes had no marks: who followed them goes on all the same, and from the next one on there are.
TEST_F(ControlUpgrade, ChangesWithoutAMarkAreFollowed) {
  {
    const auto raw = control_database::open({.path = path_});
    ASSERT_TRUE(raw.has_value());
    auto old = encode(model::change_record{.when = start, .zones = {id_of('z', 1)}});
    old.pop_back();  // the length of no mark
    old[0] = '\x10';
    ASSERT_TRUE((*raw)->db().Put({}, (*raw)->of(family::change), schema::be64(1), old).ok());
  }
  const auto store = open();
  const auto position = store->read()->position().value();
  EXPECT_EQ(position, (model::feed_position{.revision = 1, .mark = ""}));
  ASSERT_TRUE(change(*store, [](control_transaction& t) { return t.put(make_zone(2)); }));
  const auto news = store->feed().after(position, 10).value();
  EXPECT_FALSE(news.reload);
  ASSERT_EQ(news.changes.size(), 1U);
  EXPECT_EQ(news.changes[0].position.revision, 2U);
  EXPECT_NE(news.changes[0].position.mark, "");
  EXPECT_EQ(disagreements(*store), 0);
}

}  // namespace
}  // namespace signpost::storage
