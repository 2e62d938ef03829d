/* txn.h -- one write function's view: what is written, under what its batch has staged. */
#ifndef STATOR_STORE_TXN_H
#define STATOR_STORE_TXN_H

#include "store/pins.h"
#include "store/rocks.h"
#include "store/staged.h"
#include "store/store.h"

struct store_txn {
    /* constant after txn_init */
    struct rocks *rocks;

    struct staged staged; /* of the whole batch */
    struct pins pins;     /* of the function that runs */
    size_t kept_bytes;    /* store_txn_kept, of the functions of the batch */
    uint64_t sequence;    /* of the function that runs */
    uint64_t state;       /* number of RocksDB's newest state (snapshot.h) */
};

/* One txn serves all functions of the committer, one after the other. ST_NO_MEMORY. */
MUST_USE status txn_init(struct store_txn *txn, const struct mem *mem, struct rocks *rocks,
                         struct recent *recent);
void txn_deinit(struct store_txn *txn);

/* Run `write`'s function; what it staged stays only when it returns ST_OK (S6). */
MUST_USE status txn_run(struct store_txn *txn, const struct store_write *write);

#endif
