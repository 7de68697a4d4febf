/*
 * attachment: decoded bytes of attachments, stored once for all messages by their keyed digest. Others
 * ask message_attachment() by message and part.
 *
 * Its key dies with its last referring row.
 */
#pragma once

#include "store/message.h"

/* For store/ alone. */
bool message_add_attachments(
    StoreTx *tx, gint64 message_row, const MessageDraft *draft, GError **error);

/* Form of the stored bytes: a byte, then the content. For MessageAttachment.bytes; any thread. */
GBytes *attachment_pack(GBytes *decoded);

/* For store/ alone: takes a message's rows away, and attachments that no other message has: their keys are added to
 * keys (gint64), for erasure to destroy. */
bool attachment_release(StoreTx *tx, gint64 message_row, GArray *keys, GError **error);
