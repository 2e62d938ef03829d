/* embedded_raw.h -- RocksDB alone, for those who put it to work in another way: embedded_group.c.
 *
 *     embedded_raw_open -> { embedded_raw_get, embedded_raw_add …, embedded_raw_write,
 *                            embedded_raw_sync } … -> embedded_raw_close
 *
 * All of them end the program when something fails. Threads: any, but a batch by one at a time.
 */
#ifndef STATOR_BENCH_EMBEDDED_RAW_H
#define STATOR_BENCH_EMBEDDED_RAW_H

#include <rocksdb/c.h>

#include "embedded.h"

/* When what was written to the log goes to the disk. */
typedef enum embedded_raw_log {
    EMBEDDED_RAW_EACH, /* with each write, where `durable` asks for it */
    EMBEDDED_RAW_LATER /* with embedded_raw_sync */
} embedded_raw_log;

/* Open and load an empty folder; e->state is taken. */
void embedded_raw_open(struct embedded *e, embedded_raw_log log);
void embedded_raw_close(struct embedded *e);

/* Look at item `n`, which is there. */
void embedded_raw_get(const struct embedded *e, uint32_t n);

/* Add a put of item `n` to `batch`. */
void embedded_raw_add(const struct embedded *e, rocksdb_writebatch_t *batch, uint32_t n);

/* Write `batch` and empty it. */
void embedded_raw_write(const struct embedded *e, rocksdb_writebatch_t *batch);
void embedded_raw_sync(const struct embedded *e);

#endif
