/*
 * item-detail: what is sealed of an item, as bytes. For store/ alone.
 */
#pragma once

#include "store/item.h"

GBytes *item_detail_pack(const ItemDetail *detail);
ItemDetail *item_detail_unpack(GBytes *bytes, GError **error);
