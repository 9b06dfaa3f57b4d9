# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
"""What a power failure leaves of a directory: see bench/sync_tracker.cpp, which notes it down."""
import collections
import dataclasses
import os
import pathlib
import struct

SLOT = struct.Struct("=QQQQ")     # inode, directory, synced octets, flags
HEADER = struct.Struct("=QQQQ")   # kind, inode, offset, octets
FLAG_SYNCED, FLAG_NAMED = 1, 2
RENAMED, REMOVED, DIRECTORY_SYNCED, OVERWRITTEN, FILE_SYNCED = range(1, 6)
SECTOR = 512


@dataclasses.dataclass
class Cut:
    """What was taken away."""
    octets: int = 0
    files: int = 0
    names: int = 0         # removals and renames that did not happen
    overwritten: int = 0   # octets that are as they were before
    torn: int = 0          # files with something else at their end

    def __str__(self):
        return (f"{self.octets} octets and {self.files} files not durable, {self.names} names and "
                f"{self.overwritten} octets as before, {self.torn} torn ends")


class Power:
    """Notes for one run of a node after another."""

    def __init__(self, build, data, directory):
        self.library, self.data = build.program("sync_tracker.so"), pathlib.Path(data)
        self.table, self.journal = directory / "sync.table", directory / "sync.journal"

    def environment(self):
        return {"LD_PRELOAD": self.library, "SIGNPOST_SYNC_DIRECTORY": str(self.data),
                "SIGNPOST_SYNC_TABLE": str(self.table),
                "SIGNPOST_SYNC_JOURNAL": str(self.journal)}

    def begin(self):
        """To be called before each run: what is there is durable."""
        for path in self.table.parent.glob("sync.*"):
            path.unlink()

    def fail(self, random, torn=False):
        """The power fails; the node is dead already."""
        cut = Cut()
        if not self.table.exists():
            return cut
        table = {inode: (octets, flags) for inode, _, octets, flags
                 in SLOT.iter_unpack(self.table.read_bytes()) if inode}
        records = self.read_journal()
        named, ordered = self.take_back_names(random, records, cut)
        self.take_back_octets(random, records, cut)
        self.cut_files(random, table, named | self.files_of(ordered), torn, cut)
        self.begin()
        return cut

    # ---- names
    def read_journal(self):
        """[(position, kind, inode, offset, content)]."""
        if not self.journal.exists():
            return []
        data, at, records = self.journal.read_bytes(), 0, []
        while at + HEADER.size <= len(data):
            kind, inode, offset, octets = HEADER.unpack_from(data, at)
            content = data[at + HEADER.size:at + HEADER.size + octets]
            records.append((at, kind, inode, offset, content))
            at += HEADER.size + octets
        return records

    def take_back_names(self, random, records, cut):
        """Undoes the last removals and renames; the inodes whose names are durable after all, and
        those of directories in which some change is.

        A disk may have written any beginning of what happened in a directory since its last sync:
        a file that was made there before a rename that is kept has its name, too.
        """
        pending = collections.defaultdict(list)
        for at, kind, inode, _, content in records:
            if kind == DIRECTORY_SYNCED:
                pending[inode].clear()
            elif kind in (RENAMED, REMOVED):
                pending[inode].append((at, kind, content))
        named, ordered, undone = set(), set(), []
        for directory, changes in pending.items():
            kept = random.randrange(len(changes) + 1)
            if kept:
                ordered.add(directory)
            for _, kind, content in changes[:kept]:
                target = content.split(b"\0")[1 if kind == RENAMED else 0].decode()
                if kind == RENAMED and os.path.exists(target):
                    named.add(os.lstat(target).st_ino)
            undone += changes[kept:]
        for _, kind, content in sorted(undone, reverse=True):
            self.undo(kind, [part.decode() for part in content.split(b"\0")])
            cut.names += 1
        return named, ordered

    def files_of(self, directories):
        return {entry.stat().st_ino for entry in self.data.rglob("*")
                if entry.is_file() and entry.parent.stat().st_ino in directories}

    def undo(self, kind, parts):
        *paths, number = parts
        grave = f"{self.journal}.{number}"
        if kind == RENAMED:
            old, new = paths
            if os.path.exists(new):
                os.replace(new, old)
        if number != "0" and os.path.exists(grave) and os.path.isdir(os.path.dirname(paths[-1])):
            os.replace(grave, paths[-1])

    # ---- octets
    def take_back_octets(self, random, records, cut):
        """Puts back what was written over and not synced, sector by sector from some moment on."""
        pending = collections.defaultdict(list)
        for at, kind, inode, offset, content in records:
            if kind == OVERWRITTEN:
                pending[inode].append((at, offset, content))
            elif kind == FILE_SYNCED:
                pending[inode] = [one for one in pending[inode] if one[0] >= offset]
        paths = {entry.stat().st_ino: entry for entry in self.data.rglob("*") if entry.is_file()}
        for inode, changes in pending.items():
            if inode not in paths or not changes:
                continue
            share = random.choice([0, 0.5, 1])
            moments = {}
            with open(paths[inode], "r+b") as file:
                for number, (_, offset, content) in sorted(enumerate(changes), reverse=True):
                    for at, piece in sectors(offset, content):
                        sector = at // SECTOR
                        if sector not in moments:
                            back = random.random() < share
                            moments[sector] = (random.randrange(len(changes)) if back
                                               else len(changes))
                        if number >= moments[sector]:
                            file.seek(at)
                            file.write(piece)
                            cut.overwritten += len(piece)

    # ---- ends
    def cut_files(self, random, table, named, torn, cut):
        for folder, _, names in os.walk(self.data):
            for name in names:
                path = os.path.join(folder, name)
                info = os.lstat(path)
                if info.st_ino not in table:
                    continue  # not written in this run
                octets, flags = table[info.st_ino]
                durable_name = flags & FLAG_NAMED or info.st_ino in named
                if not durable_name or not flags & FLAG_SYNCED:
                    os.unlink(path)
                    cut.files += 1
                elif info.st_size > octets and torn and tear(random, path, octets, info.st_size):
                    cut.torn += 1
                elif info.st_size > octets:
                    os.truncate(path, octets)
                else:
                    continue
                cut.octets += max(info.st_size - octets, 0)


def sectors(offset, content):
    """[(offset, octets)], none of them over a sector's border."""
    end, at = offset + len(content), offset
    while at < end:
        stop = min(end, (at // SECTOR + 1) * SECTOR)
        yield at, content[at - offset:stop - offset]
        at = stop


def tear(random, path, durable, size):
    """Leaves something of what was not synced at the end of a file: what was meant, zeros, garbage,
    or some sectors of it. False: it is to be cut."""
    how = random.choice(["cut", "part", "zeros", "garbage", "holes"])
    if how == "cut":
        return False
    stop = random.randrange(durable, size) + 1
    with open(path, "r+b") as file:
        file.truncate(stop)
        file.seek(durable)
        if how == "zeros":
            file.write(bytes(stop - durable))
        elif how == "garbage":
            file.write(random.randbytes(stop - durable))
        elif how == "holes":
            content = file.read()
            for at, piece in sectors(durable, content):
                if random.random() < 0.5:
                    file.seek(at)
                    file.write(bytes(len(piece)))
    return True
