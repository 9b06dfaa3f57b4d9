// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The parts from which recovery is made: the log's format, the MANIFEST, marks, and the record.
#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "base/log.hpp"
#include "base/random.hpp"
#include "storage/format/crc32c.hpp"
#include "storage/format/log_file.hpp"
#include "storage/format/manifest_reader.hpp"
#include "storage/losses/acknowledged_mark.hpp"
#include "storage/losses/acknowledged_record.hpp"
#include "storage/losses/log_survey.hpp"
#include "tests/storage/support.hpp"
#include "tests/storage/whole_files.hpp"

namespace signpost::storage {
namespace {

namespace fs = std::filesystem;

rocksdb::FileSystem& files() {
  return *rocksdb::FileSystem::Default();
}

std::string little_endian(std::uint64_t v, int octets) {
  std::string out;
  for (int i = 0; i < octets; ++i) out += static_cast<char>(v >> 8 * i & 0xFF);
  return out;
}

/// A batch with a header only, and some octets to make it as long as a real one.
std::string batch(std::uint64_t sequence, std::uint32_t count, std::size_t size = 100) {
  return little_endian(sequence, 8) + little_endian(count, 4) + std::string(size, 'x');
}

TEST(Crc32c, IsTheOneOfTheTables) {
  EXPECT_EQ(crc32c("123456789"), 0xE3069283U);
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8A9136AAU);
  EXPECT_EQ(crc32c("56789", crc32c("1234")), crc32c("123456789"));
}

class LogFile : public testing::Test {
 protected:
  LogFile() { configure_logging({.level = log_level::off}); }

  [[nodiscard]] std::string path(const std::string& name) const {
    return folder_.path() + "/" + name;
  }
  void write(const std::string& name, const std::vector<std::string>& records) const {
    auto writer = log_writer::create(files(), path(name));
    ASSERT_TRUE(writer.has_value());
    for (const auto& r : records) ASSERT_TRUE(writer->add(r).has_value());
    ASSERT_TRUE(writer->finish().has_value());
  }
  [[nodiscard]] std::vector<log_record> read(const std::string& name) const {
    auto reader = log_reader::open(files(), path(name));
    EXPECT_TRUE(reader.has_value());
    std::vector<log_record> all;
    log_record record;
    while (reader->next(record)) all.push_back(record);
    return all;
  }
  [[nodiscard]] log_survey survey(std::uint64_t acknowledged = 0, log_needs needs = {}) const {
    auto found = survey_logs(files(), folder_.path(), needs, {.acknowledged = acknowledged});
    EXPECT_TRUE(found.has_value());
    return std::move(*found);
  }

  temporary_folder folder_;
};

TEST_F(LogFile, ReadsWhatItWrites) {
  std::vector<std::string> records;
  for (const std::size_t size : {0U, 1U, 100U, 32'754U, 32'755U, 32'761U, 32'768U, 200'000U, 3U}) {
    records.push_back(std::string(size, static_cast<char>('a' + records.size())));
  }
  write("log", records);
  const auto all = read("log");
  ASSERT_EQ(all.size(), records.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(all[i].payload, records[i]) << i;
    EXPECT_EQ(all[i].damaged_octets, 0U) << i;
  }
}

// RocksDB's own reader is the judge of our writer, and its writer of our reader.
TEST_F(LogFile, IsTheFormatOfRocksDb) {
  rocksdb::Options options;
  options.create_if_missing = true;
  rocksdb::DB* raw = nullptr;
  ASSERT_TRUE(rocksdb::DB::Open(options, path("db"), &raw).ok());
  std::unique_ptr<rocksdb::DB> db(raw);
  for (int i = 0; i < 50; ++i) {
    const std::string value(static_cast<std::size_t>(i) * 900, 'v');
    ASSERT_TRUE(db->Put({}, std::to_string(i), value).ok());
  }
  db.reset();
  std::string log;
  for (const auto& file : fs::directory_iterator(path("db"))) {
    if (file.path().extension() == ".log") log = file.path();
  }
  fs::copy_file(log, path("copy"));
  std::vector<std::string> records;
  for (const auto& r : read("copy")) records.push_back(r.payload);
  ASSERT_EQ(records.size(), 50U);
  records.erase(records.begin() + 20);
  write("mended", records);
  fs::rename(path("mended"), log);
  ASSERT_TRUE(rocksdb::DB::Open(options, path("db"), &raw).ok());
  db.reset(raw);
  std::string value;
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(db->Get({}, std::to_string(i), &value).ok(), i != 20) << i;
  }
  EXPECT_EQ(db->GetLatestSequenceNumber(), 50U);
}

TEST_F(LogFile, NeverFindsRecordsInsideOfOthers) {
  write("inner", {batch(2, 1), batch(3, 1), batch(4, 1)});
  const auto forged = read_file(path("inner"));
  write("log", {batch(1, 1), batch(2, 1, 20) + forged, batch(3, 1)});
  const auto whole = read_file(path("log"));
  const auto second = read("log")[1].offset;
  for (std::size_t hit = second; hit < second + 60; ++hit) {
    auto octets = whole;
    octets[hit] ^= '\x5A';
    write_file(path("log"), octets);
    const auto all = read("log");
    const auto batches = std::ranges::count_if(all, [&](const log_record& r) {
      return r.payload == batch(2, 1) || r.payload == batch(4, 1);
    });
    EXPECT_EQ(batches, 0) << hit;
  }
}

TEST_F(LogFile, TellsAHoleFromATornTail) {
  write("000004.log", {batch(1, 2), batch(3, 1), batch(4, 5)});
  EXPECT_TRUE(survey(8).holes.empty());
  EXPECT_EQ(survey().last_sequence, 8U);
  EXPECT_EQ(survey(9).holes.size(), 1U) << "acknowledged, and not there";
  const auto whole = read_file(path("000004.log"));
  write_file(path("000004.log"), whole.substr(0, whole.size() - 1));
  EXPECT_TRUE(survey(3).holes.empty());
  EXPECT_TRUE(survey(3).to_mend.empty());
  ASSERT_EQ(survey(8).holes.size(), 1U);
  EXPECT_EQ(survey(8).holes[0].from, 4U);
  // With something behind it, it is one, whatever was acknowledged.
  write("000007.log", {batch(9, 1)});
  auto found = survey();
  ASSERT_EQ(found.holes.size(), 1U);
  EXPECT_EQ(found.holes[0].file, "000004.log");
  EXPECT_EQ(found.holes[0].from, 4U);
  EXPECT_EQ(found.holes[0].behind, 9U);
  EXPECT_TRUE(found.to_mend.contains(4));
  // A commit that failed was torn and then written to the next file.
  write("000007.log", {batch(4, 1)});
  EXPECT_TRUE(survey().holes.empty());
}

TEST_F(LogFile, NoticesFilesThatAreMissing) {
  write("000004.log", {batch(1, 2)});
  write("000009.log", {batch(7, 2)});
  EXPECT_EQ(survey().holes.size(), 1U);
  log_needs needs;
  needs.closed[6] = 100;
  ASSERT_EQ(survey(0, needs).holes.size(), 1U);
  EXPECT_EQ(survey(0, needs).holes[0].file, "000006.log");
  EXPECT_TRUE(survey(0, needs).holes[0].missing_file);
  // Only the files that are still needed count.
  needs = {.oldest = 9};
  EXPECT_TRUE(survey(0, needs).holes.empty());
  needs.closed[10] = 100;
  EXPECT_EQ(survey(0, needs).holes.size(), 1U);
}

TEST_F(LogFile, DoesNotBelieveNumbersThatDamageCannotHaveSkipped) {
  write("000004.log", {batch(1, 1), batch(2, 1), batch(5'000'000, 1), batch(3, 1)});
  auto octets = read_file(path("000004.log"));
  octets[read("000004.log")[1].offset + 20] ^= '\x5A';
  write_file(path("000004.log"), octets);
  const auto found = survey();
  EXPECT_EQ(found.last_sequence, 3U);
  ASSERT_EQ(found.holes.size(), 1U);
  ASSERT_TRUE(mend_logs(files(), folder_.path(), found).has_value());
  const auto left = read("000004.log");
  ASSERT_EQ(left.size(), 2U);
  EXPECT_EQ(left[1].payload, batch(3, 1));
}

TEST_F(LogFile, SurvivesAnyOctets) {
  write("first", {batch(1, 1, 40'000), batch(2, 1), batch(3, 1, 70'000), batch(4, 1)});
  const auto whole = read_file(path("first"));
  seeded_random random(11);
  for (int round = 0; round < 300; ++round) {
    auto octets = whole.substr(0, random.below(whole.size()) + 1);
    for (std::uint64_t hits = random.below(20); hits > 0; --hits) {
      octets[random.below(octets.size())] = static_cast<char>(random.below(256));
    }
    write_file(path("000004.log"), octets);
    const auto found = survey(4);
    ASSERT_TRUE(mend_logs(files(), folder_.path(), found).has_value());
    EXPECT_TRUE(survey().to_mend.empty()) << round;
  }
}

TEST_F(LogFile, MarksAreReadFromBatches) {
  const acknowledged_mark mark{.store = 7,
                               .messages = 12,
                               .accepted_total = 99,
                               .accepted = {model::queue_id::make(start, 1, 1)},
                               .ended = {model::queue_id::make(start, 1, 2)}};
  rocksdb::WriteBatch written;
  written.Put("key", "value");
  written.PutLogData(mark.encode());
  EXPECT_EQ(mark_of(written.Data()), mark);
  EXPECT_FALSE(mark_of(rocksdb::WriteBatch().Data()).has_value());
  EXPECT_FALSE(mark_of("short").has_value());
  auto octets = mark.encode();
  for (std::size_t left = 0; left < octets.size(); ++left) {
    EXPECT_FALSE(acknowledged_mark::decode(octets.substr(0, left)).has_value()) << left;
  }
  // A count that would need all memory.
  octets[24] = '\xFF';
  EXPECT_FALSE(acknowledged_mark::decode(octets).has_value());
}

TEST(Manifest, RefusesWhatItDoesNotKnow) {
  log_needs needs;
  EXPECT_TRUE(apply_edit({}, needs).has_value());
  EXPECT_FALSE(apply_edit("\x7F", needs).has_value());
  EXPECT_FALSE(apply_edit("\x02", needs).has_value()) << "a number is missing";
  EXPECT_FALSE(apply_edit("\x01\x7F", needs).has_value()) << "a text is cut";
  ASSERT_TRUE(apply_edit(std::string_view("\xC8\x01\x03\x02\x09", 5), needs).has_value());
  EXPECT_EQ(needs.families.at(3), 9U);
}

class AcknowledgedRecord : public testing::Test {
 protected:
  AcknowledgedRecord() { configure_logging({.level = log_level::off}); }
  using entry = acknowledged_record::entry;

  [[nodiscard]] std::string path() const { return folder_.path() + "/record"; }
  [[nodiscard]] std::unique_ptr<acknowledged_record> open(std::size_t entries = 8) const {
    auto opened = acknowledged_record::open(path(), entries, false);
    EXPECT_TRUE(opened.has_value());
    return std::move(*opened);
  }
  static entry accepted(std::uint64_t n) {
    return {model::queue_id::make(start, 1, n), entry::kind::accepted, n};
  }

  temporary_folder folder_;
};

TEST_F(AcknowledgedRecord, IsAsItWasWritten) {
  acknowledged_numbers numbers{.identity = make_store_identity(), .sequence = 5, .messages = 2};
  {
    const auto record = open();
    EXPECT_FALSE(record->was_there());
    ASSERT_TRUE(record->begin(numbers).has_value());
    numbers.sequence = 9;
    record->note(numbers, std::vector{accepted(8), accepted(9)});
  }
  const auto found = open()->take_contents();
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->numbers.identity, numbers.identity);
  EXPECT_EQ(found->numbers.sequence, 9U);
  ASSERT_EQ(found->entries.size(), 2U);
  EXPECT_EQ(found->entries[1].id, accepted(9).id);
}

TEST_F(AcknowledgedRecord, ForgetsTheOldestAndWhatWasOfAnotherStore) {
  acknowledged_numbers numbers{.identity = make_store_identity()};
  {
    const auto record = open();
    ASSERT_TRUE(record->begin(numbers).has_value());
    for (std::uint64_t n = 1; n <= 21; n += 3) {
      numbers.sequence = n + 2;
      record->note(numbers, std::vector{accepted(n), accepted(n + 1), accepted(n + 2)});
    }
  }
  {
    const auto record = open();
    const auto found = record->take_contents();
    ASSERT_EQ(found->entries.size(), 8U);
    EXPECT_EQ(found->entries.front().sequence, 14U);
    EXPECT_EQ(found->entries.back().sequence, 21U);
    EXPECT_FALSE(found->reaches_back);
    numbers.identity = make_store_identity();
    ASSERT_TRUE(record->begin(numbers).has_value());
  }
  EXPECT_TRUE(open()->take_contents()->entries.empty());
}

TEST_F(AcknowledgedRecord, OutlivesATornSlotAndTornEntries) {
  acknowledged_numbers numbers{.identity = make_store_identity()};
  {
    const auto record = open();
    ASSERT_TRUE(record->begin(numbers).has_value());
    for (std::uint64_t n = 1; n <= 4; ++n) {
      numbers.sequence = n;
      record->note(numbers, std::vector{accepted(n)});
    }
  }
  EXPECT_TRUE(open()->take_contents()->whole);
  const auto whole = read_file(path());
  for (std::size_t at = 0; at < 80; ++at) {
    for (const std::size_t slot : {0U, 4096U}) {
      auto octets = whole;
      octets[slot + at] ^= '\x5A';
      write_file(path(), octets);
      const auto found = open()->take_contents();
      ASSERT_TRUE(found.has_value()) << at;
      EXPECT_GE(found->numbers.sequence, 3U);
      EXPECT_EQ(found->entries.size(), 4U);
    }
  }
  for (std::size_t at = 8192; at < 8192 + 4 * 40; at += 7) {
    auto octets = whole;
    octets[at] ^= '\x5A';
    write_file(path(), octets);
    const auto found = open()->take_contents();
    EXPECT_EQ(found->entries.size(), 3U) << at;
    EXPECT_FALSE(found->whole) << at;
  }
  write_file(path(), "");
  EXPECT_FALSE(open()->take_contents().has_value());
}

// ---- errors of the disk ----

/// Gives an error for the n-th reading of a file whose name has a part; later ones work.
class failing_reads final : public rocksdb::FileSystemWrapper {
 public:
  failing_reads(std::string part, int which)
      : FileSystemWrapper(rocksdb::FileSystem::Default()), part_(std::move(part)), left_(which) {}
  [[nodiscard]] const char* Name() const override { return "failing_reads"; }
  [[nodiscard]] bool failed() const { return left_ <= 0; }

  rocksdb::IOStatus NewRandomAccessFile(const std::string& path,
                                        const rocksdb::FileOptions& options,
                                        std::unique_ptr<rocksdb::FSRandomAccessFile>* file,
                                        rocksdb::IODebugContext* debug) override {
    auto status = FileSystemWrapper::NewRandomAccessFile(path, options, file, debug);
    if (status.ok() && is_meant(path)) *file = std::make_unique<one>(std::move(*file), *this);
    return status;
  }
  rocksdb::IOStatus NewSequentialFile(const std::string& path, const rocksdb::FileOptions& options,
                                      std::unique_ptr<rocksdb::FSSequentialFile>* file,
                                      rocksdb::IODebugContext* debug) override {
    if (is_meant(path) && fails()) return rocksdb::IOStatus::IOError("Input/output error");
    return FileSystemWrapper::NewSequentialFile(path, options, file, debug);
  }

 private:
  class one final : public rocksdb::FSRandomAccessFileOwnerWrapper {
   public:
    one(std::unique_ptr<rocksdb::FSRandomAccessFile> file, failing_reads& all)
        : FSRandomAccessFileOwnerWrapper(std::move(file)), all_(all) {}
    rocksdb::IOStatus Read(std::uint64_t offset, std::size_t octets,
                           const rocksdb::IOOptions& options, rocksdb::Slice* got, char* scratch,
                           rocksdb::IODebugContext* debug) const override {
      if (all_.fails()) return rocksdb::IOStatus::IOError("Input/output error");
      return FSRandomAccessFileOwnerWrapper::Read(offset, octets, options, got, scratch, debug);
    }

   private:
    failing_reads& all_;
  };

  [[nodiscard]] bool is_meant(const std::string& path) const {
    return path.find(part_) != std::string::npos;
  }
  bool fails() { return left_-- == 1; }

  const std::string part_;
  int left_;
};

class DiskErrors : public testing::TestWithParam<const char*> {
 protected:
  DiskErrors() {
    configure_logging({.level = log_level::off});
    options_.path = folder_.path() + "/spool";
  }

  temporary_folder folder_;
  spool_options options_;
};

// What cannot be read at the moment is not damaged: nothing is mended, replaced or given up.
TEST_P(DiskErrors, ThatPassAtAStartTakeNothingAway) {
  std::vector<model::envelope> queued;
  {
    const auto spool = must_open(options_);
    for (int i = 0; i < 40; ++i) queued.push_back(accept(*spool, {.octets = 10'000}).envelopes[0]);
  }
  bool once = false;
  for (int which = 1; which <= 12; ++which) {
    const auto files = std::make_shared<failing_reads>(GetParam(), which);
    const auto env = rocksdb::NewCompositeEnv(files);
    auto trying = options_;
    trying.env = env.get();
    const auto opened = spool::open(trying);
    if (!opened.has_value()) {
      EXPECT_EQ(opened.error().code, errc::unavailable) << opened.error().context;
    }
    once = once || files->failed();
    EXPECT_FALSE(fs::exists(options_.path + ".losses")) << which;
  }
  EXPECT_TRUE(once) << "nothing was ever read";
  const auto spool = must_open(options_);
  EXPECT_EQ(spool->unaccounted(), 0U);
  EXPECT_EQ(all_due(*spool), queued);
}

INSTANTIATE_TEST_SUITE_P(Files, DiskErrors, testing::Values(".log", "MANIFEST-", "CURRENT"),
                         [](const auto& row) {
                           std::string name(row.param);
                           std::erase_if(name, [](char c) { return c == '.' || c == '-'; });
                           return name;
                         });

}  // namespace
}  // namespace signpost::storage
