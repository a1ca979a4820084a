-- What a replay asks for, in the order of arrival, without reading the bodies.
CREATE INDEX quarantine_held ON quarantine (quarantine_no, source, reason, id, replayed_ms) WHERE replayed_ms IS NULL;
