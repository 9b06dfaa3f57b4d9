// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "storage/format/rocks_files.hpp"

#include <rocksdb/env.h>

#include <memory>

namespace signpost::storage {

using rocksdb::IOStatus;
using rocksdb::Slice;

IOStatus put_file(rocksdb::FileSystem& files, const std::string& path, const std::string& octets) {
  const auto fresh = path + ".new";
  auto status = rocksdb::WriteStringToFile(&files, octets, fresh, true);
  if (status.ok()) status = files.RenameFile(fresh, path, {}, nullptr);
  if (!status.ok()) files.DeleteFile(fresh, {}, nullptr).PermitUncheckedError();
  return status;
}

IOStatus copy_file(rocksdb::FileSystem& files, const std::string& from, const std::string& to) {
  constexpr std::size_t piece = 1U << 20;
  const auto fresh = to + ".new";
  std::unique_ptr<rocksdb::FSSequentialFile> in;
  std::unique_ptr<rocksdb::FSWritableFile> out;
  auto status = files.NewSequentialFile(from, {}, &in, nullptr);
  if (status.ok()) status = files.NewWritableFile(fresh, {}, &out, nullptr);
  std::string buffer(piece, '\0');
  for (Slice got("x"); status.ok() && !got.empty();) {
    status = in->Read(piece, {}, &got, buffer.data(), nullptr);
    if (status.ok()) status = out->Append(got, {}, nullptr);
  }
  if (status.ok()) status = out->Fsync({}, nullptr);
  if (status.ok()) status = out->Close({}, nullptr);
  out.reset();
  if (status.ok()) status = files.RenameFile(fresh, to, {}, nullptr);
  if (!status.ok()) files.DeleteFile(fresh, {}, nullptr).PermitUncheckedError();
  return status;
}

IOStatus sync_folder(rocksdb::FileSystem& files, const std::string& folder) {
  std::unique_ptr<rocksdb::FSDirectory> directory;
  auto status = files.NewDirectory(folder, {}, &directory, nullptr);
  if (status.ok()) status = directory->Fsync({}, nullptr);
  return status;
}

}  // namespace signpost::storage
