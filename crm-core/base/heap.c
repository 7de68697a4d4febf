#include "base/heap.h"

#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MADV_POPULATE_WRITE /* Linux 5.14 */
#define MADV_POPULATE_WRITE 23
#endif

void
heap_take(size_t bytes)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), begin;
	void *block;

	/* On the heap, and kept there when it is freed. */
	mallopt(M_MMAP_THRESHOLD, 2 * (int)bytes);
	mallopt(M_TRIM_THRESHOLD, 4 * (int)bytes);
	block = malloc(bytes);
	if (block == NULL)
		return;
	begin = ((uintptr_t)block + page - 1) & ~(page - 1);
	madvise((void *)begin, bytes - page, MADV_POPULATE_WRITE);
	free(block);
}
