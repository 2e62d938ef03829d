/* heap.c -- the program's heap: jemalloc, and how it is set.
 *
 * A walk over blocks that are not cached asks for some forty pieces of memory, a few of them of a
 * block's size, on every loop at once. glibc either gives each thread a heap of its own and keeps
 * what was freed in pieces (a server of 64 MB grew to 115), or all
 * of them one heap, and then the loops wait for each other's turn at it: two futex calls for each
 * Query. With jemalloc Query and Scan are a fifth faster, and the same server stays at 76 MB:
 *
 *     narenas           threads share so few heaps that what is free is found again
 *     dirty_decay_ms    freed pages go back to the system after a second instead of ten
 *     muzzy_decay_ms    and go at once when they go, so that the resident size tells the truth
 *     background_thread they go also where nobody asks for memory any more: after a storm of large
 *                       requests 1.5 GB stayed for as long as the server was idle
 *
 * A library does not decide this for its host: libstator uses the heap that it finds. A sanitizer
 * brings a heap of its own.
 */
#include "cmd/heap.h"

__attribute__((visibility("default"))) const char *const malloc_conf =
    "narenas:4,dirty_decay_ms:1000,muzzy_decay_ms:0,background_thread:true";
