-- What OCS posts, as fast as wrk can: running campaign groups in rotation, each notification made when it is sent.
-- Arguments: how many groups; random | walk, how the figures go; how many calling lists each post has; ocs | push, the
-- latter the same as the text format that the Pushgateway takes; the path; rotation | drawn, whose turn it is; a seed.
local ffi = require("ffi")
ffi.cdef[[
  struct ocm_time { long seconds; long micros; };
  int gettimeofday(struct ocm_time *now, void *zone);
]]
local now = ffi.new("struct ocm_time")
local random = math.random
local groups, lists, walks, pushes, draws, path = 0, 0, false, false, false, ""
local sent, atMs, at = 0, 0, ""
-- Texts by number, so that no post formats a figure: 0.0000 to 0.9999, and seconds of four digits.
local decimals, seconds = {}, {}
-- What stands before the time and before each figure, by group; where each group's figures are, when they walk.
local head, busy, hit, overdial, complete, walked = {}, {}, {}, {}, {}, {}
local tail = "}"
-- Characters of a time until the year 2286, of a figure and of seconds.
local TIME, FIGURE, SECONDS = 14, 6, 4

local function named(group)
  return string.format('","GSW_TENANT_NAME":"Environment","GSW_TENANT_CCID":"1",'
    .. '"GSW_CAMPAIGN_GROUP_NAME":"Spring Sale %d@Agents North","GSW_CAMPAIGN_GROUP_GUID":"3f2504e0-4f89-11d3-9a0c-%012d",'
    .. '"GSW_CAMPAIGN_GROUP_DBID":"%d","GSW_GROUP_NAME":"Agents North","GSW_CAMPAIGN_NAME":"Spring Sale %d",'
    .. '"GSW_QUEUE_NAME":"8001","GSW_DIAL_MODE":1,"GSW_OPTIMIZE_BY":2,"GSW_OPTIMIZE_GOAL":3,'
    .. '"GSW_CAMPAIGN_GROUP_STATE":5,"GSW_CAMPAIGN_GROUP_ACTION":9,"GSW_CAMPAIGN_GROUP_ACTOR":1,'
    .. '"GSW_STAT_BUSY_FACTOR":', group, group, group, group)
end

local function listHead(list)
  return string.format('"List %d of the year":{"GSW_STAT_HIT_RATIO":', list)
end

local function requestHead(method, path, type, length)
  return string.format("%s %s HTTP/1.1\r\nHost: %s:%s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n",
    method, path, wrk.host, wrk.port, type, length)
end

local function prepareOcs(group)
  local date = '{"GSW_USER_EVENT":"CampaignGroupState","GSW_DATE_TIME":"'
  busy[group] = named(group)
  hit[group] = ',"GSW_STAT_HIT_RATIO":'
  overdial[group] = ',"GSW_STAT_OVERDIAL_RATE":'
  complete[group] = ',"GSW_STAT_TIME_TO_COMPLETE":'
  local length = #date + TIME + #busy[group] + #hit[group] + #overdial[group] + #complete[group] + 3 * FIGURE + SECONDS + 1
  for list = 1, lists do length = length + #listHead(list) + FIGURE + #complete[group] + SECONDS + 2 end
  if lists > 0 then length = length + #',"GSW_CALLING_LISTS":{}' - 1 end
  head[group] = requestHead("POST", path, "application/json", length) .. date
end

local function preparePush(group)
  local labels = string.format('{source="default",tenant="Environment",dbid="%d"} ', group)
  busy[group] = 'ocs_campaign_group_state{source="default",tenant="Environment",state="running"} 1\n'
    .. "ocs_campaign_group_busy_ratio" .. labels
  hit[group] = "\nocs_campaign_group_hit_ratio" .. labels
  overdial[group] = "\nocs_campaign_group_overdial_ratio" .. labels
  complete[group] = "\nocs_campaign_group_time_to_complete_seconds" .. labels
  local length = #busy[group] + #hit[group] + #overdial[group] + #complete[group] + 3 * FIGURE + SECONDS + 1
  local path = string.format("/metrics/job/ocs/campaign_group/Spring%%20Sale%%20%d", group)
  head[group] = requestHead("PUT", path, "text/plain", length)
end

function init(args)
  groups, walks, lists, pushes = tonumber(args[1]), args[2] == "walk", tonumber(args[3]), args[4] == "push"
  path, draws = args[5], args[6] == "drawn"
  math.randomseed(tonumber(args[7]))
  for n = 0, 9999 do
    decimals[n] = string.format("0.%04d", n)
    seconds[n] = tostring(1000 + n % 9000)
  end
  if pushes then tail = "\n" end
  for group = 1, groups do
    if pushes then preparePush(group) else prepareOcs(group) end
    walked[group] = { random(0, 9999), random(0, 9999), random(0, 9999), random(0, 9999) }
  end
end

-- A figure that walks goes by 0.002 at most, and turns back at 0 and 0.9999.
local function step(figure)
  return math.abs(9999 - math.abs(9999 - (figure + random(-20, 20))))
end

local function drawn(group)
  if not walks then return random(0, 9999), random(0, 9999), random(0, 9999), random(0, 9999) end
  local last = walked[group]
  last[1], last[2], last[3], last[4] = step(last[1]), step(last[2]), step(last[3]), step(last[4])
  return last[1], last[2], last[3], last[4]
end

local function listsText(group)
  local texts = {}
  for list = 1, lists do
    texts[list] = listHead(list) .. decimals[random(0, 9999)] .. complete[group] .. seconds[random(0, 9999)] .. "}"
  end
  return ',"GSW_CALLING_LISTS":{' .. table.concat(texts, ",") .. "}"
end

local function tellTime()
  ffi.C.gettimeofday(now, nil)
  local ms = tonumber(now.seconds) * 1000 + math.floor(tonumber(now.micros) / 1000)
  if ms == atMs then return end
  atMs, at = ms, string.format("%d.%03d", math.floor(ms / 1000), ms % 1000)
end

function request()
  sent = sent + 1
  local group = draws and random(1, groups) or sent % groups + 1
  if not pushes then tellTime() end
  local a, b, c, d = drawn(group)
  local text = head[group] .. at .. busy[group] .. decimals[a] .. hit[group] .. decimals[b] .. overdial[group] .. decimals[c]
    .. complete[group] .. seconds[d]
  if lists > 0 and not pushes then return text .. listsText(group) .. tail end
  return text .. tail
end
