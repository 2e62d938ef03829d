/* heap.h -- how the heap of the program behaves. */
#ifndef STATOR_CMD_HEAP_H
#define STATOR_CMD_HEAP_H

/* jemalloc(3), "Tuning": read by it before main, so it is visible outside the program. The
 * environment's MALLOC_CONF comes after it. */
extern const char *const malloc_conf;

#endif
