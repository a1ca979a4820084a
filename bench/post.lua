-- What OCS posts, as fast as wrk can: running campaign groups in rotation, each notification made when it is sent.
-- Argument: how many groups.
local ffi = require("ffi")
ffi.cdef[[
  struct ocm_time { long seconds; long micros; };
  int gettimeofday(struct ocm_time *now, void *zone);
]]
local now = ffi.new("struct ocm_time")
local groups = 0
local sent = 0
local before = '{"GSW_USER_EVENT":"CampaignGroupState","GSW_DATE_TIME":"'
local headers = { ["Content-Type"] = "application/json" }
local rest = {}
function init(args)
  groups = tonumber(args[1])
  for group = 1, groups do
    rest[group] = string.format('","GSW_TENANT_NAME":"Environment","GSW_TENANT_CCID":"1",'
      .. '"GSW_CAMPAIGN_GROUP_NAME":"Spring Sale %d@Agents North","GSW_CAMPAIGN_GROUP_GUID":"3f2504e0-4f89-11d3-9a0c-%012d",'
      .. '"GSW_CAMPAIGN_GROUP_DBID":"%d","GSW_GROUP_NAME":"Agents North","GSW_CAMPAIGN_NAME":"Spring Sale %d",'
      .. '"GSW_QUEUE_NAME":"8001","GSW_DIAL_MODE":1,"GSW_OPTIMIZE_BY":2,"GSW_OPTIMIZE_GOAL":3,'
      .. '"GSW_CAMPAIGN_GROUP_STATE":5,"GSW_CAMPAIGN_GROUP_ACTION":9,"GSW_CAMPAIGN_GROUP_ACTOR":1,'
      .. '"GSW_STAT_BUSY_FACTOR":0.%04d,"GSW_STAT_HIT_RATIO":0.3127,"GSW_STAT_OVERDIAL_RATE":0.0213,'
      .. '"GSW_STAT_TIME_TO_COMPLETE":5400}', group, group, group, group, 7000 + group)
  end
end

function request()
  sent = sent + 1
  ffi.C.gettimeofday(now, nil)
  local at = string.format("%d.%03d", tonumber(now.seconds), math.floor(tonumber(now.micros) / 1000))
  local body = before .. at .. rest[sent % groups + 1]
  return wrk.format("POST", "/ocs/campaign-group-state", headers, body)
end
