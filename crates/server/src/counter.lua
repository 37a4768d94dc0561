-- Takes from a limit's quota what one node may spend. One call is one step: nobody sees it half done.
-- KEYS[1]: what is counted together. ARGV: pace, quota, need, want, whether refusals count, seconds, burst.
-- Answers: granted, remaining, microseconds until all is back, microseconds until there is room or -1.
-- The time is the server's, so that the clocks of nodes need not agree.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local pace, quota, need, want = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local charges = ARGV[5] == '1'
local key = KEYS[1]

-- What is given of so much room: the need, and what is wanted beside as far as others are left three quarters.
local function share(room)
  return math.max(need, math.min(want, math.floor(room / 4)))
end

local function expire(until_micros)
  redis.call('PEXPIRE', key, math.ceil((until_micros - now) / 1000) + 1)
end

if pace == 'even' then
  local interval, burst = tonumber(ARGV[6]) * 1000000 / quota, tonumber(ARGV[7])
  local tolerance = interval * burst
  -- The instant at which all is back; never further ahead than a whole quota, also after the clock jumped back.
  local full = math.min(math.max(tonumber(redis.call('GET', key) or 0), now), now + tolerance)
  local room = math.floor((now + tolerance - full) / interval + 0.000001)
  local granted, retry = 0, -1
  if need <= room then
    granted = share(room)
    full = full + granted * interval
  else
    retry = need > burst and tolerance or full + need * interval - tolerance - now
    if charges then
      full, room = now + tolerance, 0
      retry = math.min(need, burst) * interval
    end
  end
  if granted > 0 or charges then
    redis.call('SET', key, string.format('%.3f', full))
    expire(full)
  end
  return { granted, math.max(room - granted, 0), math.ceil(full - now), math.ceil(retry) }
end

if pace == 'rolling' then
  -- A request weighs for seventeen slices beside its own: a lease is spent up to a slice late.
  local slice = tonumber(ARGV[6]) * 1000000 / 16
  local present = math.floor(now / slice)
  local used, oldest_first = 0, {}
  local fields = redis.call('HGETALL', key)
  for i = 1, #fields, 2 do
    local at, count = tonumber(fields[i]), tonumber(fields[i + 1])
    -- What lies ahead was counted before the clock jumped back, and is of now.
    if at > present then
      redis.call('HDEL', key, fields[i])
      redis.call('HINCRBY', key, string.format('%d', present), count)
      at = present
    end
    if at + 18 <= present then
      redis.call('HDEL', key, fields[i])
    else
      used = used + count
      oldest_first[#oldest_first + 1] = { at, count }
    end
  end
  table.sort(oldest_first, function(a, b) return a[1] < b[1] end)
  local room, granted, retry = math.max(quota - used, 0), 0, -1
  if need <= room then
    granted = share(room)
  else
    local over = used + need - quota
    retry = slice * 16
    for _, one in ipairs(oldest_first) do
      over = over - one[2]
      if over <= 0 then
        retry = (one[1] + 18) * slice - now
        break
      end
    end
  end
  local counted = granted > 0 and granted or (charges and need or 0)
  local reset = 0
  if counted > 0 then
    redis.call('HINCRBY', key, string.format('%d', present), counted)
    reset = (present + 18) * slice
    expire(reset)
    reset = reset - now
  elseif #oldest_first > 0 then
    reset = (oldest_first[#oldest_first][1] + 18) * slice - now
  end
  return { granted, math.max(room - counted, 0), math.ceil(reset), math.ceil(retry) }
end

-- By the calendar: `day` or `month`, in UTC. The value is the period's number and what was counted in it.
local day = math.floor(now / 86400000000)
local number, ends = day, (day + 1) * 86400000000
if pace == 'month' then
  -- The civil date of a day, in the proleptic Gregorian calendar with years that begin in March.
  local shifted = day + 719468
  local era = math.floor(shifted / 146097)
  local of_era = shifted - era * 146097
  local year = math.floor((of_era - math.floor(of_era / 1460) + math.floor(of_era / 36524)
    - math.floor(of_era / 146096)) / 365)
  local of_year = of_era - (365 * year + math.floor(year / 4) - math.floor(year / 100))
  local month = math.floor((5 * of_year + 2) / 153)
  number = (era * 400 + year) * 12 + month
  -- The first day of the next month, by the same calendar.
  month = month + 1
  if month == 12 then
    month, year = 0, year + 1
  end
  local first = math.floor((153 * month + 2) / 5) + 365 * year + math.floor(year / 4) - math.floor(year / 100)
  ends = (era * 146097 + first - 719468) * 86400000000
end
local counted_in, used = string.match(redis.call('GET', key) or '', '^(%d+):(%d+)$')
-- A period that lies ahead was counted before the clock jumped back, and is the present one.
used = counted_in and tonumber(counted_in) >= number and tonumber(used) or 0
local room, granted, retry = math.max(quota - used, 0), 0, -1
if need <= room then
  granted = share(room)
else
  retry = ends - now
end
local counted = granted > 0 and granted or (charges and need or 0)
if counted > 0 then
  redis.call('SET', key, string.format('%d:%d', number, math.min(used + counted, 4294967295)))
  expire(ends)
end
return { granted, math.max(room - counted, 0), used + counted > 0 and ends - now or 0, retry }
