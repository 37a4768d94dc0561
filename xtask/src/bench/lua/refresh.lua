-- Refresh tokens, each traded for the next of its family: wrk … -- HOST PATH AUTHORIZATION FILE
--
-- FILE has a token of each family, and at the end the newest ones, for the next run. What is under way when the time
-- is up is lost with its family, so there must be many more families than connections.

dofile("xtask/src/bench/lua/report.lua")

units, refused = 0, 0
left, left_path = {}, nil

local headers, path
local first, last = 1, 0

function init(args)
  path, left_path = args[2], args[4]
  headers = {
    ["Host"] = args[1],
    ["Content-Type"] = "application/x-www-form-urlencoded",
    ["Authorization"] = args[3],
  }
  for line in io.lines(left_path) do
    last = last + 1
    left[last] = line
  end
end

-- A queue from `first` to `last` that is moved to the front of its table when half of it is holes.
local function take()
  local token = left[first]
  left[first] = nil
  first = first + 1
  if first > last - first then
    local moved = {}
    for i = first, last do moved[#moved + 1] = left[i] end
    left, first, last = moved, 1, #moved
  end
  return token
end

function request()
  local token = take() or "none-left"
  return wrk.format("POST", path, headers, "grant_type=refresh_token&refresh_token=" .. token)
end

function response(status, _, body)
  local token = status == 200 and body:match('"refresh_token":"([^"]+)"')
  if token then
    units = units + 1
    last = last + 1
    left[last] = token
  else
    refused = refused + 1
    if refused == 1 then io.write("refused: ", status, " ", body, "\n") end
  end
end
