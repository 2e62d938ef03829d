/* fake_os.h -- a machine whose clock a test turns: for everything that takes a struct os.
 *
 *     struct fake_os fake;
 *     fake_os_init(&fake);                         1,700,000,000 s after 1970, no variables
 *     … give &fake.os to what is tested …
 *
 * A pause takes no time and moves both clocks on by what was asked for; each is noted. Threads: one
 * at a time.
 */
#ifndef STATOR_TESTS_SUPPORT_FAKE_OS_H
#define STATOR_TESTS_SUPPORT_FAKE_OS_H

#include <stdbool.h>

#include "os/os.h"

enum { FAKE_OS_PAUSES_MAX = 64, FAKE_OS_VARIABLES_MAX = 16, FAKE_OS_NOW_S = 1700000000 };

struct fake_os {
    struct os os;
    uint64_t now_ms;
    uint64_t ticks_ns;
    uint64_t pauses_us[FAKE_OS_PAUSES_MAX]; /* the first of them */
    unsigned pause_count;
    uint8_t entropy; /* every random byte */
    bool has_no_entropy;
    struct {
        const char *name;
        const char *value;
    } variables[FAKE_OS_VARIABLES_MAX];
    unsigned variable_count;
};

/* Pointers into *fake are taken: it may not be moved afterwards. */
void fake_os_init(struct fake_os *fake);

/* Set a variable of the environment; both strings must stay where they are. */
void fake_os_set(struct fake_os *fake, const char *name, const char *value);

#endif
