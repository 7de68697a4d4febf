/*
 * heap: memory for a program that lives for one page and knows how much it will need.
 *
 * Each fresh page of memory costs a fault, and a fault costs more than the page. What is taken here comes in one go, for
 * malloc() to hand out. A hint: what the kernel doesn't give now comes piece by piece, as always.
 */
#pragma once

#include <stddef.h>

/* At the start, before threads. bytes: more than a page of memory, less than a gigabyte. */
void heap_take(size_t bytes);
