/* heap.h -- the C library's heap under the tests of a library that takes its memory there.
 *
 * The linker turns realloc, malloc, calloc, strdup and free of everything in the program to heap.c,
 * which counts what is taken, and makes one realloc fail: the library takes all its memory by that.
 */
#ifndef STATOR_TESTS_DB_HEAP_H
#define STATOR_TESTS_DB_HEAP_H

#include <stdbool.h>
#include <stdint.h>

/* The n-th allocation from now (1 is the next) fails, and only that one; 0 turns that off. */
void heap_fail_at(uint64_t nth);

/* Did it happen? */
bool heap_failed(void);

/* Blocks taken and not given back. */
uint64_t heap_left(void);

/* End what the library keeps for this thread, and fail the test when anything is left. */
void heap_check(void);

#endif
