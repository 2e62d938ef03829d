/* heap.c -- glibc's heap, set for a server.
 *
 * By itself glibc gives every thread a heap of its own, and learns from the first large block that
 * is freed to keep large blocks. Under a load of 64 writers a store of 64 MB so grew to 160 MB,
 * most of it free but kept in pieces; with one heap and large blocks mapped singly it stays at 65
 * to 70 MB, and its speed is the same within the noise: small blocks come from a cache of each
 * thread either way.
 */
#include "os/heap.h"

#include <malloc.h>

enum { HEAP_COUNT = 1, MAPPED_BYTES_MIN = 128 << 10 };

void heap_settle(void)
{
    (void)mallopt(M_ARENA_MAX, HEAP_COUNT);
    (void)mallopt(M_MMAP_THRESHOLD, MAPPED_BYTES_MIN);
}
