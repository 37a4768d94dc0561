-- Whole code flows of a user who is signed in and has consented before: wrk … -- HOST AUTHORIZATION CLIENT COOKIE
--
-- A flow is two requests, so its latency is about twice that of the line at the end. `state` carries the verifier
-- from the first to the second.

dofile("xtask/src/bench/lua/report.lua")
local sha256 = dofile("xtask/src/bench/lua/sha256.lua")

units, refused = 0, 0

local to_authorize, to_token, prefix
local codes = {}
local verifiers = 0
local run = ""

function init(args)
  to_authorize = { ["Host"] = args[1], ["Cookie"] = args[4] }
  to_token = {
    ["Host"] = args[1],
    ["Content-Type"] = "application/x-www-form-urlencoded",
    ["Authorization"] = args[2],
  }
  prefix = "/authorize?response_type=code&scope=read&redirect_uri=https%3A%2F%2Fapp.example%2Fcallback&client_id="
    .. args[3] .. "&code_challenge_method=S256"
  -- No run uses the challenges of another: /dev/urandom, since runs can begin within the same second.
  local random = assert(io.open("/dev/urandom", "rb"))
  run = random:read(16):gsub(".", function(byte) return string.format("%02x", byte:byte()) end)
  random:close()
end

function request()
  local code = table.remove(codes)
  if code then
    local body = "grant_type=authorization_code&redirect_uri=https%3A%2F%2Fapp.example%2Fcallback&code="
      .. code.text .. "&code_verifier=" .. code.verifier
    return wrk.format("POST", "/token", to_token, body)
  end
  verifiers = verifiers + 1
  local verifier = run .. string.format("%016d", verifiers)
  local path = prefix .. "&state=" .. verifier .. "&code_challenge=" .. sha256.base64url(verifier)
  return wrk.format("GET", path, to_authorize)
end

function response(status, headers, body)
  local location = headers["location"]
  local code = location and location:match("[?&]code=([^&]+)")
  if code then
    codes[#codes + 1] = { text = code, verifier = location:match("[?&]state=([^&]+)") }
  elseif status == 200 and body:find('"access_token"', 1, true) then
    units = units + 1
  else
    refused = refused + 1
    if refused == 1 then io.write("refused: ", status, " ", location or body, "\n") end
  end
end
