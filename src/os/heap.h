/* heap.h -- how the C library's heap of this process behaves. */
#ifndef STATOR_OS_HEAP_H
#define STATOR_OS_HEAP_H

/* Let freed memory go back to the system, at a small cost in speed. For a program's main, before
 * its first thread: a library does not decide this for its host. */
void heap_settle(void);

#endif
