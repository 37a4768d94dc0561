-- Keys at the doors of verification: wrk … -- SHAPE FILE COUNT TOKEN
--
-- Rotates over the first COUNT lines of FILE. SHAPE `verify` posts each as a credential, with the operator token;
-- `gateway` sends each as the request's own bearer token.

dofile("xtask/src/bench/lua/report.lua")

local requests = {}
local next_request = 0

function init(args)
  local shape, file, count, token = args[1], args[2], tonumber(args[3]), args[4]
  for key in io.lines(file) do
    if #requests == count then break end
    if shape == "verify" then
      local body = '{"api":"bench","credential":"' .. key .. '","scopes":["read"]}'
      local headers = { ["Content-Type"] = "application/json", ["Authorization"] = "Bearer " .. token }
      requests[#requests + 1] = wrk.format("POST", "/v1/verify", headers, body)
    else
      local headers = { ["Host"] = "bench.localhost", ["Authorization"] = "Bearer " .. key }
      requests[#requests + 1] = wrk.format("GET", "/items", headers)
    end
  end
end

function request()
  next_request = next_request % #requests + 1
  return requests[next_request]
end
