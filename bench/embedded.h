/* embedded.h -- what bench_embedded measures: the same work done by libstator and by RocksDB alone.
 *
 * A subject is opened on an empty folder, loaded, and then asked for one operation after the other
 * by one or two threads; for durable updates also by EMBEDDED_CALLERS, who share syncs. Items are
 * of `item_bytes`, keys "k" and eight digits; ITEMS_OF_ORDER of them in a row are what a Query
 * reads.
 */
#ifndef STATOR_BENCH_EMBEDDED_H
#define STATOR_BENCH_EMBEDDED_H

#include <stdbool.h>
#include <stdint.h>

enum {
    EMBEDDED_QUERY = 50,
    EMBEDDED_BATCH = 25,
    EMBEDDED_TRANSACT = 4,
    EMBEDDED_CALLERS = 64,
    EMBEDDED_SMALL_BYTES = 200
};

typedef enum embedded_op {
    EMBEDDED_GET,
    EMBEDDED_GET_SMALL,
    EMBEDDED_PUT,
    EMBEDDED_UPDATE, /* under a condition that holds */
    EMBEDDED_QUERY_50,
    EMBEDDED_TRANSACT_4,
    EMBEDDED_BATCH_25,
    EMBEDDED_OPS,
} embedded_op;

struct embedded {
    const char *folder; /* does not exist yet */
    bool durable;
    uint32_t items;
    uint32_t item_bytes;
    const char *text; /* of item_bytes, ended with a NUL */
    void *state;      /* the subject's */
};

/* `item` is a random number below `items`; it may be done by several threads at once. Functions end
 * the program when something fails. */
struct embedded_subject {
    const char *name;
    void (*open)(struct embedded *e); /* and load */
    void (*run)(struct embedded *e, embedded_op op, uint32_t item);
    void (*close)(struct embedded *e);
};

extern const struct embedded_subject embedded_stator;
extern const struct embedded_subject embedded_raw;
extern const struct embedded_subject embedded_group; /* RocksDB too; EMBEDDED_UPDATE alone */

/* Print `what` and `why`, and end the program. */
void embedded_fail(const char *what, const char *why);

#endif
