-- kartoteka.db, version 3: a message's raw bytes and its parsed form in one value, under message.key_id. What was filed
-- before stays as it is: the parsed form in message_parsed, the raw bytes under a key of their own (store/message.h).
-- Either is sealed for the place message.raw.
ALTER TABLE message_raw RENAME TO message_body;
ALTER TABLE message_body RENAME COLUMN raw TO body;
