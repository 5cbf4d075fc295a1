-- Limits of several subjects in one atomic step: what gateway/accounts.py and gateway/windows.py do
-- in one process. KEYS[1] is the prefix of all keys, with a hash tag; ARGV[1] is MessagePack.
local prefix = KEYS[1]
local message = cmsgpack.unpack(ARGV[1])
local SPAN, GRAIN, MARGIN = 60, 60 / 1200, 1e-6
local ACCOUNT_SECONDS, LATE_SECONDS, BEYOND_PERIOD = 86400, 3600, 172800
local NEVER, SLOT, DAY_END, MONTH_END = -1, -2, -3, -4

local function clock(given)
  if given then return given end
  local time = redis.call('TIME')
  return tonumber(time[1]) + tonumber(time[2]) / 1e6
end

local function number(value) return tonumber(value or false) or 0 end

-- A rate. exact: entries first..last-1 in the account, used in all; else an arrival time (GCRA).
local function meter(kind, limit, exact, values, at)
  if not limit then return nil end
  return {
    kind = kind, limit = limit, exact = exact, first = number(values[at]),
    last = number(values[at + 1]), used = number(values[at + 2]),
    opened = number(values[at + 3]), arrival = number(values[at + 4]),
  }
end

local function account_of(name, exact, requests, tokens)
  local key = prefix .. ':a:' .. name
  local values = redis.call('HMGET', key, 'n', 'rf', 'rl', 'ru', 'ro', 'ra',
    'tf', 'tl', 'tu', 'to', 'ta')
  return {
    key = key, running = number(values[1]),
    requests = meter('r', requests, exact, values, 2),
    tokens = meter('t', tokens, exact, values, 7),
  }
end

local function entry(key, m, index)
  local raw = redis.call('HGET', key, m.kind .. index)
  local time, amount = string.match(raw or '0:0', '^(.-):(.+)$')
  return tonumber(time), tonumber(amount)
end

local function save(key, m)
  if m.exact then
    local k = m.kind
    redis.call('HSET', key, k .. 'f', m.first, k .. 'l', m.last, k .. 'u', m.used,
      k .. 'o', m.opened)
  else
    redis.call('HSET', key, m.kind .. 'a', m.arrival)
  end
end

-- Forget the entries that have left the window.
local function drop(key, m, now)
  if not m.exact then return end
  local before = m.first
  while m.first < m.last do
    local time, amount = entry(key, m, m.first)
    if time + SPAN > now then break end
    redis.call('HDEL', key, m.kind .. m.first)
    m.used, m.first = m.used - amount, m.first + 1
  end
  if m.first ~= before then save(key, m) end
end

local function cost(m, amount) return amount * SPAN / m.limit end

local function wait(key, m, now, amount)
  if amount > m.limit then return NEVER end
  drop(key, m, now)
  if not m.exact then
    local late = math.max(m.arrival, now) + cost(m, amount) - now - SPAN
    return late > MARGIN and late + MARGIN or 0
  end
  local excess = m.used + amount - m.limit
  if excess <= 0 then return 0 end
  for index = m.first, m.last - 1 do
    local time, units = entry(key, m, index)
    excess = excess - units
    if excess <= 0 then return time + SPAN - now + MARGIN end
  end
  return SPAN
end

-- Count units and return their mark: the index of their entry, or the time when they have drained.
local function add(key, m, now, amount)
  if not m.exact then
    m.arrival = math.max(m.arrival, now) + cost(m, amount)
    save(key, m)
    return m.arrival
  end
  local units = 0
  if m.first == m.last or now - m.opened >= GRAIN then
    m.last, m.opened = m.last + 1, now
  else
    local _
    _, units = entry(key, m, m.last - 1)
  end
  m.used = m.used + amount
  redis.call('HSET', key, m.kind .. (m.last - 1), string.format('%.17g:%.0f', now, units + amount))
  save(key, m)
  return m.last - 1
end

local function change(key, m, now, mark, difference)
  drop(key, m, now)
  if m.exact then
    if mark < m.first then return end
    local time, units = entry(key, m, mark)
    redis.call('HSET', key, m.kind .. mark, string.format('%.17g:%.0f', time, units + difference))
    m.used = m.used + difference
  elseif difference >= 0 then
    m.arrival = math.max(m.arrival, now) + cost(m, difference)
  else
    m.arrival = m.arrival - math.min(cost(m, -difference), math.max(0, mark - now))
  end
  save(key, m)
end

-- What a rate says to clients: units used, seconds until nothing counts any more.
local function told(key, m, now)
  if not m then return false, false end
  drop(key, m, now)
  if m.exact then
    if m.first == m.last then return 0, 0 end
    local time = entry(key, m, m.last - 1)
    return m.used, math.max(0, time + SPAN - now)
  end
  local left = math.max(0, m.arrival - now)
  return math.ceil(left * m.limit / SPAN - MARGIN), left
end

local function book_of(name, period)
  local key = prefix .. ':b:' .. name .. ':' .. period
  local values = redis.call('HMGET', key, 'q', 't', 'n', 'ht', 'hn')
  return {
    key = key, new = not values[1],
    used = {number(values[1]), number(values[2]), number(values[3])},
    held = {0, number(values[4]), number(values[5])},
  }
end

local function write_book(book)
  redis.call('HSET', book.key, 'q', book.used[1], 't', book.used[2], 'n', book.used[3],
    'ht', book.held[2], 'hn', book.held[3])
end

local function lacking(cap, kind, asked, book, period_end)
  if asked > cap then return NEVER end
  if book.used[kind] + book.held[kind] + asked <= cap then return nil end
  if book.used[kind] + asked <= cap then return SLOT end
  return period_end
end

-- Return (number of the limit, wait, asked, allowed) of the limit without room, or nothing.
local function shortage(claim, account, books, now, amounts)
  for index, m in ipairs({account.requests or false, account.tokens or false}) do
    if m then
      local seconds = wait(account.key, m, now, amounts[index])
      if seconds ~= 0 then return index, seconds, amounts[index], m.limit end
    end
  end
  for index = 1, 6 do
    local cap, kind = claim[5][index], (index - 1) % 3 + 1
    if cap then
      local daily = index <= 3
      local found = lacking(cap, kind, amounts[kind], daily and books.day or books.month,
        daily and DAY_END or MONTH_END)
      if found then return index + 2, found, amounts[kind], cap end
    end
  end
  if claim[6] and account.running >= claim[6] then return 9, SLOT, 1, claim[6] end
end

local function state(account, books, now)
  local ru, rr = told(account.key, account.requests, now)
  local tu, tr = told(account.key, account.tokens, now)
  local found = {ru, rr, tu, tr}
  for _, book in ipairs({books.day or false, books.month or false}) do
    for kind = 1, 3 do
      table.insert(found, book and book.used[kind] + book.held[kind] or 0)
    end
  end
  return found
end

-- message: take, now, {1, tokens, nanos}, id, replica, claims, day, month, seconds to their ends.
-- claim: name, exact, requests and tokens a minute, caps, concurrent, keep day, keep month.
local function take()
  if redis.call('EXISTS', prefix .. ':epoch') == 0 then return {2} end
  local now, amounts, claims = clock(message[2]), message[3], message[6]
  local accounts, books, states = {}, {}, {}
  for index, claim in ipairs(claims) do
    accounts[index] = account_of(claim[1], claim[2], claim[3], claim[4])
    books[index] = {
      day = claim[7] and book_of(claim[1], message[7]) or nil,
      month = claim[8] and book_of(claim[1], message[8]) or nil,
    }
  end
  for index, claim in ipairs(claims) do
    local limit, seconds, asked, allowed =
      shortage(claim, accounts[index], books[index], now, amounts)
    if limit then
      for at = 1, #claims do states[at] = state(accounts[at], books[at], now) end
      return {0, states, index, limit, seconds, asked, allowed}
    end
  end
  local held = {}
  for index, claim in ipairs(claims) do
    local account, mark = accounts[index], false
    if account.requests then add(account.key, account.requests, now, 1) end
    if account.tokens then mark = add(account.key, account.tokens, now, amounts[2]) end
    account.running = account.running + 1
    redis.call('HSET', account.key, 'n', account.running)
    redis.call('EXPIRE', account.key, ACCOUNT_SECONDS)
    for period, seconds in pairs({day = message[9], month = message[10]}) do
      local book = books[index][period]
      if book then
        book.used[1] = book.used[1] + 1
        book.held[2] = book.held[2] + amounts[2]
        book.held[3] = book.held[3] + amounts[3]
        write_book(book)
        if book.new then redis.call('EXPIRE', book.key, math.ceil(seconds) + BEYOND_PERIOD) end
      end
    end
    held[index] = {claim[1], claim[2], claim[3], claim[4], mark, claim[7], claim[8]}
    states[index] = state(account, books[index], now)
  end
  local ticket = {held, message[7], message[8], amounts[2], amounts[3]}
  redis.call('HSET', prefix .. ':t:' .. message[5], message[4], cmsgpack.pack(ticket))
  return {1, states}
end

-- Replace what a ticket reserved by what was used. late: it was booked as used before.
local function settle(ticket, now, tokens, nanos, undo, late)
  local states = {}
  local freed = late and {0, 0} or {ticket[4], ticket[5]}
  local used = late and {tokens - ticket[4], nanos - ticket[5]} or {tokens, nanos}
  for index, claim in ipairs(ticket[1]) do
    local account = account_of(claim[1], claim[2], claim[3], claim[4])
    if account.tokens and claim[5] then
      change(account.key, account.tokens, now, claim[5], tokens - ticket[4])
    end
    if not late then redis.call('HSET', account.key, 'n', math.max(0, account.running - 1)) end
    redis.call('EXPIRE', account.key, ACCOUNT_SECONDS)
    local books = {
      day = claim[6] and book_of(claim[1], ticket[2]) or nil,
      month = claim[7] and book_of(claim[1], ticket[3]) or nil,
    }
    for _, book in pairs(books) do
      if not book.new then
        book.used[1] = book.used[1] - (undo and 1 or 0)
        book.used[2], book.used[3] = book.used[2] + used[1], book.used[3] + used[2]
        book.held[2] = math.max(0, book.held[2] - freed[1])
        book.held[3] = math.max(0, book.held[3] - freed[2])
        write_book(book)
      end
    end
    states[index] = state(account, books, now)
  end
  return states
end

-- message: close, now, tokens, nanos, id, replica, undo. A second time does nothing.
local function close()
  local now, id = clock(message[2]), message[5]
  local open = prefix .. ':t:' .. message[6]
  local raw = redis.call('HGET', open, id)
  if raw then
    redis.call('HDEL', open, id)
    return {1, settle(cmsgpack.unpack(raw), now, message[3], message[4], message[7], false)}
  end
  local late = prefix .. ':late:' .. id
  raw = redis.call('GET', late)
  if not raw then return {0, {}} end
  redis.call('DEL', late)
  return {1, settle(cmsgpack.unpack(raw), now, message[3], message[4], message[7], true)}
end

-- message: beat, replica, lease. What replicas held that are silent for longer is booked as used.
local function beat()
  local now, live = clock(false), prefix .. ':live'
  redis.call('ZADD', live, now, message[2])
  local gone = redis.call('ZRANGEBYSCORE', live, '-inf', now - message[3], 'LIMIT', 0, 5)
  local freed = 0
  for _, replica in ipairs(gone) do
    local open = prefix .. ':t:' .. replica
    local found = redis.call('HGETALL', open)
    for index = 1, #found, 2 do
      local ticket = cmsgpack.unpack(found[index + 1])
      settle(ticket, now, ticket[4], ticket[5], false, false)
      redis.call('SET', prefix .. ':late:' .. found[index], found[index + 1], 'EX', LATE_SECONDS)
      freed = freed + 1
    end
    redis.call('DEL', open)
    redis.call('ZREM', live, replica)
  end
  return {1, redis.call('EXISTS', prefix .. ':epoch'), freed, redis.call('ZCARD', live)}
end

-- message: restore, epoch, {name, period, requests, tokens, nanos, seconds to keep} ...
-- A book that counts more already stays: nothing is forgotten and nothing counts twice.
local function restore()
  for _, row in ipairs(message[3]) do
    local book = book_of(row[1], row[2])
    for kind = 1, 3 do book.used[kind] = math.max(book.used[kind], row[kind + 2]) end
    write_book(book)
    if book.new then redis.call('EXPIRE', book.key, math.ceil(row[6]) + BEYOND_PERIOD) end
  end
  redis.call('SET', prefix .. ':epoch', message[2], 'NX')
  return {1}
end

-- message: give, id, names, day, month, tokens, nanos: what was booked and not used comes back.
-- A second time does nothing.
local function give()
  if not redis.call('SET', prefix .. ':given:' .. message[2], 1, 'NX', 'EX', LATE_SECONDS) then
    return {0}
  end
  for _, name in ipairs(message[3]) do
    for _, period in ipairs({message[4], message[5]}) do
      local book = book_of(name, period)
      if not book.new then
        book.used[2] = math.max(0, book.used[2] - message[6])
        book.used[3] = math.max(0, book.used[3] - message[7])
        write_book(book)
      end
    end
  end
  return {1}
end

local function look()
  local book = book_of(message[2], message[3])
  return {1, book.used, book.held, number(redis.call('HGET', prefix .. ':a:' .. message[2], 'n'))}
end

local operations = {take = take, close = close, beat = beat, restore = restore, look = look,
  give = give}
return cmsgpack.pack(operations[message[1]]())
