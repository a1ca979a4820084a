-- What OCS posts, as fast as wrk can: 1,000 running campaign groups in rotation, each notification newer than the last.
local GROUPS = 1000
local started = os.time() * 1000
local sent = 0
local before = '{"GSW_USER_EVENT":"CampaignGroupState","GSW_DATE_TIME":"'
local headers = { ["Content-Type"] = "application/json" }
local rest = {}
for group = 1, GROUPS do
  rest[group] = string.format('","GSW_TENANT_NAME":"Environment","GSW_TENANT_CCID":"1",'
    .. '"GSW_CAMPAIGN_GROUP_NAME":"Spring Sale %d@Agents North","GSW_CAMPAIGN_GROUP_GUID":"3f2504e0-4f89-11d3-9a0c-%012d",'
    .. '"GSW_CAMPAIGN_GROUP_DBID":"%d","GSW_GROUP_NAME":"Agents North","GSW_CAMPAIGN_NAME":"Spring Sale %d",'
    .. '"GSW_QUEUE_NAME":"8001","GSW_DIAL_MODE":1,"GSW_OPTIMIZE_BY":2,"GSW_OPTIMIZE_GOAL":3,'
    .. '"GSW_CAMPAIGN_GROUP_STATE":5,"GSW_CAMPAIGN_GROUP_ACTION":9,"GSW_CAMPAIGN_GROUP_ACTOR":1,'
    .. '"GSW_STAT_BUSY_FACTOR":0.%04d,"GSW_STAT_HIT_RATIO":0.3127,"GSW_STAT_OVERDIAL_RATE":0.0213,'
    .. '"GSW_STAT_TIME_TO_COMPLETE":5400}', group, group, group, group, 7000 + group)
end

function request()
  sent = sent + 1
  local at = started + sent
  local body = before .. string.format("%d.%03d", math.floor(at / 1000), at % 1000) .. rest[sent % GROUPS + 1]
  return wrk.format("POST", "/ocs/campaign-group-state", headers, body)
end
