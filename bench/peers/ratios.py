#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
"""How one mail forwarder compares with each other one, from the results of the side-by-side benchmark.

Prints the median of each figure with its range, what the suite found
done to the messages, and the ratios of the medians.
"""
import argparse
import json
import statistics

FIGURES = (
    ("msgs_per_s", "msg/s", "{:.0f}"),
    ("cpu_ms_per_msg", "CPU ms/msg", "{:.3f}"),
    ("accept_p50", "accept p50 ms", "{:.1f}"),
    ("accept_p99", "accept p99 ms", "{:.1f}"),
    ("e2e_p50", "end to end p50 ms", "{:.1f}"),
    ("e2e_p99", "end to end p99 ms", "{:.1f}"),
    ("pss_mib", "peak PSS MiB", "{:.0f}"),
    ("flushes_per_msg", "flushes/msg", "{:.2f}"),
)


def read(path, skip):
    runs = {}
    with open(path, encoding="utf-8") as lines:
        for line in list(lines)[skip:]:
            run = json.loads(line)
            runs.setdefault(run["peer"], []).append(run)
    return runs


def cell(runs, key, form):
    values = [run[key] for run in runs]
    text = form.format(statistics.median(values))
    if len(values) > 1:
        text += f" ({form.format(min(values))}-{form.format(max(values))})"
    return text


def noise(run):
    return run["other_cpu_share"] + run["steal_share"]


def parse():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", help="the suite's file of results, a JSON object a line")
    parser.add_argument("skip", nargs="?", type=int, default=0, help="lines to leave out (0)")
    parser.add_argument("mine", nargs="?", default="signpost", help="who is compared (signpost)")
    return parser.parse_args()


def main():
    options = parse()
    runs = read(options.results, options.skip)
    mine = options.mine
    print("| peer | runs | " + " | ".join(title for _, title, _ in FIGURES)
          + " | complete | others' CPU |")
    print("|---" * (len(FIGURES) + 4) + "|")
    for peer, rows in runs.items():
        cells = [cell(rows, key, form) for key, _, form in FIGURES]
        complete = sum(row["complete"] for row in rows)
        print(f"| {peer} | {len(rows)} | " + " | ".join(cells)
              + f" | {complete} of {len(rows)} | {max(map(noise, rows)):.0%} |")
    for peer, rows in runs.items():
        done = [name for name in rows[0]["checks"] if all(row["checks"].get(name) for row in rows)]
        print(f"\n{peer} in every run: {', '.join(done) or 'nothing'}")
    if mine not in runs:
        return
    for peer, rows in runs.items():
        if peer == mine:
            continue

        def ratio(key, other=rows):
            ours = statistics.median(row[key] for row in runs[mine])
            return ours / statistics.median(row[key] for row in other)

        print(f"\n{mine} against {peer}: {ratio('msgs_per_s'):.2f} times the messages/s, "
              f"{ratio('cpu_ms_per_msg'):.3f} times the CPU per message")


if __name__ == "__main__":
    main()
