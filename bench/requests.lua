-- SPDX-FileCopyrightText: 2026 The Signpost authors
-- SPDX-License-Identifier: Apache-2.0
--
-- For wrk: sends the requests of the file $REQUESTS, a line each (`METHOD PATH BODY`, the body may be
-- missing), one after another and from the beginning again, with the API token $TOKEN. Each thread
-- begins elsewhere. Prints one line at the end: answers, answers that were no success, seconds,
-- microseconds at the 50th and 99th percentile.

local threads = 0

function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end

function init()
  local headers = {
    ["Authorization"] = "Bearer " .. os.getenv("TOKEN"),
    ["Content-Type"] = "application/json",
  }
  requests = {}
  for line in io.lines(os.getenv("REQUESTS")) do
    local method, path, body = line:match("^(%S+) (%S+) ?(.*)$")
    if body == "" then body = nil end
    requests[#requests + 1] = wrk.format(method, path, headers, body)
  end
  at = number * 7919 % #requests
end

function request()
  at = at % #requests + 1
  return requests[at]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format("figures %d %d %.3f %d %d\n", summary.requests,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout,
    summary.duration / 1e6, latency:percentile(50), latency:percentile(99)))
end
