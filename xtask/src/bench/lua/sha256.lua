-- SHA-256 (FIPS 180-4) of short texts, for the challenges of PKCE. wrk brings no hash along.

local bit = require("bit")
local band, bnot, bxor, ror, rshift, tobit = bit.band, bit.bnot, bit.bxor, bit.ror, bit.rshift, bit.tobit

-- The first 32 bits of the fractional parts of the roots of the first primes: cube roots for the rounds, square
-- roots for the beginning.
local rounds, beginning = {}, {}
do
  local candidate = 2
  while #rounds < 64 do
    local is_prime = true
    for divisor = 2, math.floor(math.sqrt(candidate)) do
      if candidate % divisor == 0 then is_prime = false break end
    end
    if is_prime then
      local function fraction(root) return tobit(math.floor((root % 1) * 4294967296)) end
      if #beginning < 8 then beginning[#beginning + 1] = fraction(math.sqrt(candidate)) end
      rounds[#rounds + 1] = fraction(candidate ^ (1 / 3))
    end
    candidate = candidate + 1
  end
end

local function word(text, at)
  local a, b, c, d = text:byte(at, at + 3)
  return tobit(a * 16777216 + b * 65536 + c * 256 + d)
end

local function compress(hash, text, at)
  local w = {}
  for i = 1, 16 do w[i] = word(text, at + (i - 1) * 4) end
  for i = 17, 64 do
    local x, y = w[i - 15], w[i - 2]
    local s0 = bxor(ror(x, 7), ror(x, 18), rshift(x, 3))
    local s1 = bxor(ror(y, 17), ror(y, 19), rshift(y, 10))
    w[i] = tobit(w[i - 16] + s0 + w[i - 7] + s1)
  end
  local a, b, c, d, e, f, g, h = unpack(hash)
  for i = 1, 64 do
    local s1 = bxor(ror(e, 6), ror(e, 11), ror(e, 25))
    local choice = bxor(band(e, f), band(bnot(e), g))
    local t1 = tobit(h + s1 + choice + rounds[i] + w[i])
    local s0 = bxor(ror(a, 2), ror(a, 13), ror(a, 22))
    local majority = bxor(band(a, b), band(a, c), band(b, c))
    h, g, f, e = g, f, e, tobit(d + t1)
    d, c, b, a = c, b, a, tobit(t1 + s0 + majority)
  end
  local now = { a, b, c, d, e, f, g, h }
  for i = 1, 8 do hash[i] = tobit(hash[i] + now[i]) end
end

local alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

local sha256 = {}

-- The digest in base64url without padding, as RFC 7636 wants a challenge.
function sha256.base64url(text)
  local zeros = (55 - #text) % 64
  local padded = text .. "\128" .. string.rep("\0", zeros + 4) .. string.char(
    rshift(#text * 8, 24) % 256, rshift(#text * 8, 16) % 256, rshift(#text * 8, 8) % 256, (#text * 8) % 256)
  local hash = { unpack(beginning) }
  for at = 1, #padded, 64 do compress(hash, padded, at) end
  local bytes = {}
  for i = 1, 8 do
    for shift = 24, 0, -8 do bytes[#bytes + 1] = band(rshift(hash[i], shift), 255) end
  end
  local out = {}
  for i = 1, 32, 3 do
    local b, c = bytes[i + 1] or 0, bytes[i + 2] or 0
    local n = bytes[i] * 65536 + b * 256 + c
    for part = 0, (bytes[i + 2] and 3 or 2) do
      local digit = math.floor(n / 64 ^ (3 - part)) % 64
      out[#out + 1] = alphabet:sub(digit + 1, digit + 1)
    end
  end
  return table.concat(out)
end

return sha256
