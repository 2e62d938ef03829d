/* store_child.h -- a test that runs a part of itself in a second process.
 *
 * A test program's main begins with store_child_main, which runs the role that its command line
 * names. The second process is started anew (fork and exec): a forked copy would lack the threads
 * that RocksDB has started in the first. */
#ifndef STATOR_TESTS_STORE_CHILD_H
#define STATOR_TESTS_STORE_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

/* A role's function gets the two words given to store_child_start; it returns the exit code. */
struct store_child_role {
    const char *name;
    int (*run)(const char *first, const char *second);
};

/* True when this process is a child; *exit_code is then what it should return. */
bool store_child_main(int argc, char **argv, const struct store_child_role *roles, size_t count,
                      int *exit_code);

struct store_child {
    pid_t pid;
    int output; /* what the child writes to its standard output */
};

struct store_child store_child_start(const char *role, const char *first, const char *second);

/* Wait for its end, and close. Its exit code, or -1 when it was killed. */
int store_child_end(struct store_child *child);

/* Start, wait, and return the exit code. */
int store_child_run(const char *role, const char *first, const char *second);

#endif
