/**
 * The Lua scripts: one for every transition of a task's copy. Each is atomic and looks before it writes: who it is for, at which position
 * the copy is, whether all buckets still hold what the meta hash says they hold. Each answers a list whose first item is one of `REPLY`.
 * All writes are absolute, so that doing the same again (after a lost reply, say) changes nothing.
 *
 * KEYS[1] is always the task's meta hash. Its fields: logId, incarnation, generation, position, positionTimestamp,
 * restoring (present while the copy is being caught up), partial (how far a write of several chunks has come), damaged (present once a bucket was found missing), garbage (buckets of former
 * incarnations, one `incarnation buckets table` a line; the line `*` = all that are there), and for each table (a store, or a segment of one, `store@segment`):
 * buckets:<table>, entries:<table>, count:<table>:<bucket>. A segment without entries has none of these: together they are the directory.
 */
export const REPLY = {
  done: 'DONE',
  /** The copy already is where the write would take it: a repetition. */
  already: 'ALREADY',
  /** The copy is at another position than the write starts from. */
  gap: 'GAP',
  /** Somebody began a new incarnation, or the copy is gone. */
  wrongIncarnation: 'WRONG_INCARNATION',
  /** A later owner claimed the copy. */
  fenced: 'FENCED',
  /** A table has another number of buckets. */
  resized: 'RESIZED',
  /** A bucket lost entries that nobody deleted: evicted, or tampered with. The copy is marked as damaged. */
  evicted: 'EVICTED',
  /** The copy is being caught up. */
  restoring: 'RESTORING',
} as const;

export interface Script {
  readonly name: string;
  readonly lua: string;
}

/**
 * Refuses callers other than the owner: incarnation ARGV[1], generation ARGV[2]. A lower generation in the copy was lost in a failover.
 */
const OWNER = `
local state = redis.call('HMGET', KEYS[1], 'incarnation', 'generation', 'position')
if state[1] ~= ARGV[1] then return {'WRONG_INCARNATION'} end
if tonumber(state[2] or '-1') > tonumber(ARGV[2]) then return {'FENCED'} end
`;

/** in_slices(list, f): calls f(from, to) for stretches that unpack can take. damaged(): marks the copy. */
const LIBRARY = `
local function in_slices(list, f)
  for from = 1, #list, 2000 do f(from, math.min(from + 1999, #list)) end
end
local function damaged()
  redis.call('HSET', KEYS[1], 'damaged', '1')
  return {'EVICTED'}
end
`;

/**
 * Applies changes to buckets. KEYS[2..] the buckets.
 * ARGV: 1 incarnation, 2 generation, 3 position the copy must be at, 4 position it is at afterwards (the same for all chunks of a write but
 * the last), 5 timestamp of that position, 6 '1' = the copy is being caught up, 7 packed list: number of tables, for each: name, buckets,
 * 1 = a segment; then for each bucket: table (from 1), its count field, number of values to put (field and value), number of fields to
 * delete, entries with which it goes as a whole (0 = it does not), values, fields; 8 what `partial` must say ('' = this is the first chunk),
 * 9 what it says afterwards ('' = this is the last). Answers DONE (or ALREADY) and the entries of each table.
 *
 * The chunks of a write but the last leave the position where it was, so that a failover which takes the copy back between two of them does
 * not show in it: `partial` goes back with them.
 */
const APPLY: Script = {
  name: 'apply',
  lua: `${LIBRARY}${OWNER}
if state[3] ~= ARGV[3] and state[3] ~= ARGV[4] then return {'GAP', state[3]} end
if ARGV[8] ~= '' and state[3] == ARGV[3] then
  local partial = redis.call('HGET', KEYS[1], 'partial')
  if partial ~= ARGV[8] and partial ~= ARGV[9] then return {'GAP', state[3]} end
end
local list = cmsgpack.unpack(ARGV[7])
local at = 2
local names, expected, segments, listed, entries = {}, {}, {}, {}, {}
for table = 1, list[1] do
  names[table], expected[table], segments[table] = list[at], list[at + 1], list[at + 2] == 1
  local found = redis.call('HMGET', KEYS[1], 'buckets:' .. names[table], 'entries:' .. names[table])
  listed[table] = tonumber(found[1] or '1')
  entries[table] = tonumber(found[2] or '0')
  at = at + 3
end
if state[3] ~= ARGV[3] then return {'ALREADY', unpack(entries)} end
local starts, fields, puts_to = {}, {}, {}
for bucket = 1, #KEYS - 1 do
  starts[bucket] = at
  fields[bucket] = list[at + 1]
  if list[at + 2] > 0 then puts_to[list[at]] = true end
  at = at + 5 + list[at + 2] + list[at + 3]
end
for table = 1, #names do
  -- A segment that this chunk ended the first time it came has one bucket again; what it deletes is gone wherever it was.
  local ended = segments[table] and entries[table] == 0 and not puts_to[table]
  if listed[table] ~= expected[table] and not ended then return {'RESIZED'} end
end
local counts = {}
in_slices(fields, function(from, to)
  local found = redis.call('HMGET', KEYS[1], unpack(fields, from, to))
  for i = from, to do counts[i] = tonumber(found[i - from + 1] or '0') end
end)
for bucket = 1, #fields do
  if redis.call('HLEN', KEYS[bucket + 1]) ~= counts[bucket] then return damaged() end
  local whole = list[starts[bucket] + 4]
  if whole > 0 and counts[bucket] > 0 and counts[bucket] ~= whole then return damaged() end
end
local live, empty = {}, {}
for bucket = 1, #fields do
  local start = starts[bucket]
  local puts, deletes = list[start + 2], list[start + 3]
  local change = 0
  if list[start + 4] > 0 then
    redis.call('UNLINK', KEYS[bucket + 1])
    change = -counts[bucket]
  end
  if puts > 0 then change = redis.call('HSET', KEYS[bucket + 1], unpack(list, start + 5, start + 4 + puts)) end
  if deletes > 0 then
    change = change - redis.call('HDEL', KEYS[bucket + 1], unpack(list, start + 5 + puts, start + 4 + puts + deletes))
  end
  if change ~= 0 then
    entries[list[start]] = entries[list[start]] + change
    if counts[bucket] + change == 0 then
      empty[#empty + 1] = fields[bucket]
    else
      live[#live + 1] = fields[bucket]
      live[#live + 1] = counts[bucket] + change
    end
  end
end
for table = 1, #names do
  if segments[table] and entries[table] == 0 then
    empty[#empty + 1] = 'entries:' .. names[table]
    empty[#empty + 1] = 'buckets:' .. names[table]
  else
    live[#live + 1] = 'entries:' .. names[table]
    live[#live + 1] = entries[table]
  end
end
if ARGV[6] == '1' then
  live[#live + 1] = 'restoring'
  live[#live + 1] = '1'
else
  empty[#empty + 1] = 'restoring'
end
if ARGV[9] ~= '' then
  live[#live + 1] = 'partial'
  live[#live + 1] = ARGV[9]
else
  empty[#empty + 1] = 'partial'
end
if ARGV[4] ~= ARGV[3] then
  for _, item in ipairs({'position', ARGV[4], 'positionTimestamp', ARGV[5], 'generation', ARGV[2]}) do live[#live + 1] = item end
end
in_slices(live, function(from, to) redis.call('HSET', KEYS[1], unpack(live, from, to)) end)
in_slices(empty, function(from, to) redis.call('HDEL', KEYS[1], unpack(empty, from, to)) end)
return {'DONE', unpack(entries)}
`,
};

/**
 * Grows a table by splitting buckets. KEYS[2..] source and created bucket of every split, in order.
 * ARGV: 1 incarnation, 2 generation, 3 position the copy must be at, 4 table, 5 buckets it has, 6 buckets it shall have.
 */
const SPLIT: Script = {
  name: 'split',
  lua: `${LIBRARY}${OWNER}
if state[3] ~= ARGV[3] then return {'GAP', state[3]} end
local name, from, to = ARGV[4], tonumber(ARGV[5]), tonumber(ARGV[6])
local count = tonumber(redis.call('HGET', KEYS[1], 'buckets:' .. name) or '1')
if count == to then return {'ALREADY'} end
if count ~= from then return {'RESIZED'} end
local function count_field(bucket) return 'count:' .. name .. ':' .. bucket end
local function span_of(bucket)
  local span = 1
  while span * 2 <= bucket do span = span * 2 end
  return span
end
for created = from, to - 1 do
  local source = created - span_of(created)
  local key = KEYS[2 * (created - from) + 2]
  if source < from and redis.call('HLEN', key) ~= tonumber(redis.call('HGET', KEYS[1], count_field(source)) or '0') then
    return damaged()
  end
  if redis.call('EXISTS', KEYS[2 * (created - from) + 3]) ~= 0 then return damaged() end
end
for created = from, to - 1 do
  local span = span_of(created)
  local source_key, created_key = KEYS[2 * (created - from) + 2], KEYS[2 * (created - from) + 3]
  -- Of the hash's 24 bits, six in each of the first four characters, the one worth 'span' tells those that move.
  local position, unit = 4, span
  while unit >= 64 do position, unit = position - 1, unit / 64 end
  local all = redis.call('HGETALL', source_key)
  local moved, kept = {}, {}
  for i = 1, #all, 2 do
    local half = kept
    if math.floor((string.byte(all[i], position) - 48) / unit) % 2 == 1 then half = moved end
    half[#half + 1] = all[i]
    half[#half + 1] = all[i + 1]
  end
  if #moved > 0 then
    -- Both halves are written afresh: taking fields one by one out of a packed hash searches it from the start each time.
    redis.call('DEL', source_key)
    in_slices(kept, function(first, last) redis.call('HSET', source_key, unpack(kept, first, last)) end)
    in_slices(moved, function(first, last) redis.call('HSET', created_key, unpack(moved, first, last)) end)
    redis.call('HSET', KEYS[1], count_field(created), #moved / 2)
    if #kept == 0 then
      redis.call('HDEL', KEYS[1], count_field(created - span))
    else
      redis.call('HSET', KEYS[1], count_field(created - span), #kept / 2)
    end
  end
end
redis.call('HSET', KEYS[1], 'buckets:' .. name, to)
return {'DONE'}
`,
};

/**
 * Reads whole buckets together with the position they are at. KEYS[2..] the buckets.
 * ARGV: 1 incarnation, 2 number of tables, then name and buckets of every table, then the count field of every bucket.
 * Answers DONE, the position, and for every bucket its fields and values, packed; an empty text for an empty one.
 */
const LOAD: Script = {
  name: 'load',
  lua: `${LIBRARY}
local tables = tonumber(ARGV[2])
local fields = {'incarnation', 'position'}
for table = 1, tables do fields[table + 2] = 'buckets:' .. ARGV[2 * table + 1] end
for i = 2 * tables + 3, #ARGV do fields[#fields + 1] = ARGV[i] end
local state = redis.call('HMGET', KEYS[1], unpack(fields))
if state[1] ~= ARGV[1] then return {'WRONG_INCARNATION'} end
for table = 1, tables do
  if (state[table + 2] or '1') ~= ARGV[2 * table + 2] then return {'RESIZED'} end
end
local reply = {'DONE', state[2]}
for i = 2, #KEYS do
  local all = redis.call('HGETALL', KEYS[i])
  if #all / 2 ~= tonumber(state[tables + i + 1] or '0') then return damaged() end
  if #all == 0 then reply[i + 1] = '' else reply[i + 1] = cmsgpack.pack(all) end
end
return reply
`,
};

/**
 * Reads one entry for anybody. KEYS[2] the bucket.
 * ARGV: 1 incarnation, 2 table, 3 its buckets, 4 count field, 5 field.
 * Answers DONE, position and value (false = no entry), or RESTORING, or RESIZED with the incarnation and the buckets as they are.
 */
const READ: Script = {
  name: 'read',
  lua: `
local state = redis.call('HMGET', KEYS[1], 'incarnation', 'position', 'restoring', 'damaged', 'buckets:' .. ARGV[2], ARGV[4])
if not state[1] then return {'WRONG_INCARNATION'} end
if state[3] or state[4] then return {'RESTORING'} end
if state[1] ~= ARGV[1] or (state[5] or '1') ~= ARGV[3] then return {'RESIZED', state[1], state[5] or '1'} end
if redis.call('HLEN', KEYS[2]) ~= tonumber(state[6] or '0') then return {'EVICTED'} end
return {'DONE', state[2], redis.call('HGET', KEYS[2], ARGV[5])}
`,
};

/** Nobody of a generation below ARGV[2] writes to incarnation ARGV[1] any more. The copy is not current yet. */
const FENCE: Script = {
  name: 'fence',
  lua: `${OWNER}
redis.call('HSET', KEYS[1], 'generation', ARGV[2])
return {'DONE'}
`,
};

/** The copy is current and belongs to generation ARGV[2] of incarnation ARGV[1] from now on. */
const CLAIM: Script = {
  name: 'claim',
  lua: `${OWNER}
redis.call('HSET', KEYS[1], 'generation', ARGV[2])
redis.call('HDEL', KEYS[1], 'restoring')
return {'DONE'}
`,
};

/**
 * Begins a new incarnation in place of the copy that the caller has seen.
 * ARGV: 1 incarnation, 2 generation, 3 position that were seen (three times '' = nothing was there), 4 new incarnation, 5 logId,
 * 6 generation of the new one. Answers DONE and the garbage: what the buckets of former incarnations are called. Where nothing was there, a
 * copy may have been there whose meta hash was evicted: nobody knows its buckets.
 */
const RESET: Script = {
  name: 'reset',
  lua: `
local state = redis.call('HMGET', KEYS[1], 'incarnation', 'generation', 'position', 'garbage')
if (state[1] or '') ~= ARGV[1] or (state[2] or '') ~= ARGV[2] or (state[3] or '') ~= ARGV[3] then return {'GAP'} end
local lines = {state[4] or ''}
if state[1] then
  for _, field in ipairs(redis.call('HKEYS', KEYS[1])) do
    if string.sub(field, 1, 8) == 'entries:' then
      local name = string.sub(field, 9)
      lines[#lines + 1] = state[1] .. ' ' .. (redis.call('HGET', KEYS[1], 'buckets:' .. name) or '1') .. ' ' .. name .. '\\n'
    end
  end
else
  lines[#lines + 1] = '*\\n'
end
local garbage = table.concat(lines)
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'incarnation', ARGV[4], 'logId', ARGV[5], 'generation', ARGV[6], 'position', '-1',
  'positionTimestamp', '0', 'restoring', '1')
if garbage ~= '' then redis.call('HSET', KEYS[1], 'garbage', garbage) end
return {'DONE', garbage}
`,
};

/** The garbage ARGV[1] is gone. */
const SWEPT: Script = {
  name: 'swept',
  lua: `
if redis.call('HGET', KEYS[1], 'garbage') == ARGV[1] then redis.call('HDEL', KEYS[1], 'garbage') end
return {'DONE'}
`,
};

/** Removes KEYS[2..], buckets of incarnations other than the one there is: ARGV[1], if it still is. */
const REMOVE_FORGOTTEN: Script = {
  name: 'removeForgotten',
  lua: `
if redis.call('HGET', KEYS[1], 'incarnation') ~= ARGV[1] then return {'WRONG_INCARNATION'} end
redis.call('UNLINK', unpack(KEYS, 2))
return {'DONE'}
`,
};

export const SCRIPTS = {
  apply: APPLY,
  split: SPLIT,
  load: LOAD,
  read: READ,
  fence: FENCE,
  claim: CLAIM,
  reset: RESET,
  swept: SWEPT,
  removeForgotten: REMOVE_FORGOTTEN,
};
