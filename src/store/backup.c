/* backup.c -- two ways to a second store with the same data.
 *
 *     backup_link   RocksDB's checkpoint: what is in no file yet is written to one, then every data
 *                   file gets a second name, and the small files that change are copied
 *     backup_copy   a walk over a snapshot, into a new database without a log
 *
 * B1  Everything acknowledged before the call is in the copy: it was written before it was
 *     acknowledged, and the checkpoint begins by putting all that was written into files.
 * B2  The copy holds a beginning of what was ever written, in the order of the batches: RocksDB
 *     copies its log up to where it then ends, and reads it up to the first record that is torn
 *     (R3 of rocks.c). So it is a state that some moment had, whole in every write (S4).
 * B3  The store's own key goes along: numbers of a copy that is opened go on behind its own (K5 of
 *     commit.c).
 *
 * What was written and not synced yet may be in the copy, though readers have not seen it: it is
 * behind everything they have, and on disk in the copy.
 */
#include "store/backup.h"

enum {
    STEP_BYTES = 1 << 20,  /* of a batch */
    COPY_BYTES = 32 << 20, /* memory of the database that is made */
};

static status fail(const struct backup *backup, char *message, struct error *err)
{
    struct rocks_why why = {0};
    const status st = rocks_status(message, &why);
    return st == ST_OK ? ST_OK : FAIL(err, st, "cannot write %s: %s", backup->path, why.text);
}

/* ---- link */

status backup_link(const struct backup *backup, struct error *err)
{
    char *message = NULL;
    rocksdb_checkpoint_t *checkpoint =
        rocksdb_checkpoint_object_create(backup->rocks->db, &message);
    if (message == NULL) {
        rocksdb_checkpoint_create(checkpoint, backup->path, 0, &message); /* 0: B1 */
        rocksdb_checkpoint_object_destroy(checkpoint);
    }
    return fail(backup, message, err);
}

/* ---- copy */

/* What the batch holds becomes part of `to`. */
static status write_step(const struct backup *backup, struct rocks *to, struct error *err)
{
    char *message = NULL;
    rocksdb_write(to->db, to->write_options, to->batch, &message);
    rocksdb_writebatch_clear(to->batch);
    return fail(backup, message, err);
}

static size_t add(rocksdb_writebatch_t *batch, const rocksdb_iterator_t *iterator)
{
    size_t key_len = 0, value_len = 0;
    const char *key = rocksdb_iter_key(iterator, &key_len);
    const char *value = rocksdb_iter_value(iterator, &value_len);
    rocksdb_writebatch_put(batch, key, key_len, value, value_len);
    return key_len + value_len;
}

static status copy_all(const struct backup *backup, rocksdb_iterator_t *iterator, struct rocks *to,
                       struct error *err)
{
    size_t bytes = 0;
    for (rocksdb_iter_seek_to_first(iterator); rocksdb_iter_valid(iterator);
         rocksdb_iter_next(iterator)) {
        bytes += add(to->batch, iterator);
        if (bytes < STEP_BYTES) continue;
        TRY(write_step(backup, to, err));
        bytes = 0;
    }
    char *message = NULL;
    rocksdb_iter_get_error(iterator, &message);
    TRY(fail(backup, message, err));
    return write_step(backup, to, err);
}

/* There is no log: what is in memory must go to a file. */
static status flush(const struct backup *backup, const struct rocks *to, struct error *err)
{
    char *message = NULL;
    rocksdb_flushoptions_t *options = rocksdb_flushoptions_create();
    rocksdb_flushoptions_set_wait(options, 1);
    rocksdb_flush(to->db, options, &message);
    rocksdb_flushoptions_destroy(options);
    return fail(backup, message, err);
}

static status copy_to(const struct backup *backup, struct rocks *to, struct error *err)
{
    rocksdb_readoptions_t *options = rocksdb_readoptions_create();
    rocksdb_readoptions_set_snapshot(options, backup->snapshot->state);
    rocksdb_readoptions_set_fill_cache(options, 0);
    rocksdb_iterator_t *iterator = rocksdb_create_iterator(backup->rocks->db, options);
    const status st = copy_all(backup, iterator, to, err);
    rocksdb_iter_destroy(iterator);
    rocksdb_readoptions_destroy(options);
    return st == ST_OK ? flush(backup, to, err) : st;
}

status backup_copy(const struct backup *backup, struct error *err)
{
    struct rocks to;
    const struct rocks_options options = {
        .path = backup->path, .log = ROCKS_LOG_NONE, .budget = budget_split(COPY_BYTES)};
    TRY(rocks_open(&to, &options, err));
    const status st = copy_to(backup, &to, err);
    rocks_close(&to, false);
    return st;
}
