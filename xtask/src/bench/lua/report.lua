-- The line that every script of `cargo xtask bench` ends with.
--
-- A script that sets the global `units` counts what is measured itself, where that takes several requests; one that
-- sets `refused` counts wrong answers itself. The lines in `left` at the end are written to the file `left_path`.

local threads = {}

function setup(thread)
  threads[#threads + 1] = thread
end

local function total(name, otherwise)
  local sum = 0
  for _, thread in ipairs(threads) do
    sum = sum + (thread:get(name) or otherwise)
  end
  return sum
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format("bench units=%d micros=%d p50=%d p99=%d refused=%d broken=%d\n",
    total("units", summary.requests), summary.duration, latency:percentile(50), latency:percentile(99),
    total("refused", errors.status), errors.connect + errors.read + errors.write + errors.timeout))
  for _, thread in ipairs(threads) do
    local path = thread:get("left_path")
    if path then
      local file = assert(io.open(path, "w"))
      for _, line in pairs(thread:get("left")) do file:write(line, "\n") end
      file:close()
    end
  end
end
