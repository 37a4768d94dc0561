-- One request, over and over: wrk … -- HOST METHOD PATH TYPE AUTHORIZATION BODY FILE
--
-- `{line}` in BODY stands for the lines of FILE in turn, `{count}` for a number that no request has twice. Arguments
-- that do not apply are `-`.

dofile("xtask/src/bench/lua/report.lua")

local texts, lines, next_line = {}, {}, 0
local method, path, body, headers, counts

local function given(argument)
  if argument ~= "-" then return argument end
end

function init(args)
  method, path, body = args[2], args[3], given(args[6])
  headers = { ["Host"] = args[1], ["Content-Type"] = given(args[4]), ["Authorization"] = given(args[5]) }
  counts = body and body:find("{count}", 1, true)
  if given(args[7]) then
    for line in io.lines(args[7]) do lines[#lines + 1] = line end
  else
    lines[1] = ""
  end
  if not counts then
    for i, line in ipairs(lines) do
      texts[i] = wrk.format(method, path, headers, body and body:gsub("{line}", function() return line end))
    end
  end
end

-- Each run has numbers of its own.
local count = os.time() * 10000000

function request()
  next_line = next_line % #lines + 1
  if not counts then return texts[next_line] end
  count = count + 1
  local line = lines[next_line]
  local filled = body:gsub("{line}", function() return line end):gsub("{count}", string.format("%d", count))
  return wrk.format(method, path, headers, filled)
end
