/* pins.h -- values held in place while a function looks at them.
 *
 * A value read lately is handed out where it is kept (recent.h); any other by RocksDB, where it
 * lies in its block cache. Both want to be told when we are done: a pins remembers what it handed
 * out, for pins_clear. Threads: one at a time.
 */
#ifndef STATOR_STORE_PINS_H
#define STATOR_STORE_PINS_H

#include <rocksdb/c.h>

#include "base/mem.h"
#include "base/span.h"
#include "base/status.h"
#include "store/recent.h"

enum { PINS_FEW = 8 };

/* One of the two. */
struct pin {
    struct recent_value *kept;
    rocksdb_pinnableslice_t *slice;
};

struct pins {
    const struct mem *mem;
    struct recent *recent;
    struct pin *slots; /* `few` until they do not suffice */
    size_t count;
    size_t cap;
    struct pin few[PINS_FEW];
};

/* It may not be moved afterwards: `slots` points into it. */
void pins_init(struct pins *pins, const struct mem *mem, struct recent *recent);
void pins_deinit(struct pins *pins);

/* Let go of every value; room for as many is kept. */
void pins_clear(struct pins *pins);

/* Where to look: a database as seen through read options, and the number of the state they see. */
struct pins_source {
    rocksdb_t *db;
    const rocksdb_readoptions_t *options;
    uint64_t state;
};

/* The value of `key`, which lives until pins_clear. ST_IO, ST_CORRUPT, ST_NO_MEMORY. */
MUST_USE status pins_get(struct pins *pins, struct pins_source source, struct span key,
                         struct span *value, bool *found);

#endif
