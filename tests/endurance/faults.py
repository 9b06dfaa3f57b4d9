# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
"""Tells bench/fault_library.cpp, which is preloaded into a node, what the disk is to do wrong."""
import os
import struct

KINDS = ("latency", "hang", "error", "short", "rot", "space")


class Disk:
    def __init__(self, build, data, directory, seed):
        self.library, self.data, self.seed = build.program("fault_library.so"), data, seed
        self.control, self.counts = directory / "disk.faults", directory / "disk.counts"
        self.heal()

    def environment(self):
        return {"LD_PRELOAD": self.library, "SIGNPOST_FAULT_DIRECTORY": str(self.data),
                "SIGNPOST_FAULT_CONTROL": str(self.control),
                "SIGNPOST_FAULT_COUNTS": str(self.counts)}

    def set(self, *faults):
        """Lines as bench/fault_library.cpp has them; they hold within a twentieth of a second."""
        new = self.control.with_suffix(".new")
        new.write_text("".join(f"{line}\n" for line in (f"seed {self.seed}", *faults)))
        os.replace(new, self.control)

    def heal(self):
        self.set()

    def injected(self):
        """{kind: how many}, over all runs."""
        if not self.counts.exists():
            return dict.fromkeys(KINDS, 0)
        numbers = struct.unpack("=8Q", self.counts.read_bytes().ljust(64, b"\0")[:64])
        return dict(zip(KINDS, numbers))


def preload(*environments):
    """Several libraries in one environment; the first is asked first."""
    together = {}
    for environment in environments:
        for key, value in environment.items():
            together[key] = f"{together[key]}:{value}" if key == "LD_PRELOAD" and key in together \
                else value
    return together
