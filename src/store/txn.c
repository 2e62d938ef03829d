/* txn.c -- running a write function.
 *
 * A get looks through what the batch has staged first, then at RocksDB's newest state, which holds
 * every earlier batch, synced or not. Nobody else writes, so that is exactly S1.
 */
#include "store/txn.h"

#include <assert.h>

status txn_init(struct store_txn *txn, const struct mem *mem, struct rocks *rocks,
                struct recent *recent)
{
    *txn = (struct store_txn){.rocks = rocks};
    TRY(staged_init(&txn->staged, mem));
    pins_init(&txn->pins, mem, recent);
    return ST_OK;
}

void txn_deinit(struct store_txn *txn)
{
    pins_deinit(&txn->pins);
    staged_deinit(&txn->staged);
}

status txn_run(struct store_txn *txn, const struct store_write *write)
{
    const struct staged_op *mark = staged_mark(&txn->staged);
    status st = write->fn(txn, write->ctx);
    /* A function that overlooked a failed put must not be half done. */
    if (st == ST_OK && txn->staged.has_failed) st = ST_NO_MEMORY;
    if (st != ST_OK) staged_undo(&txn->staged, mark);
    pins_clear(&txn->pins);
    return st;
}

static bool key_is_users(struct span key)
{
    return key.len > 0 && key.ptr[0] != 0;
}

status store_txn_get(struct store_txn *txn, struct span key, struct span *value, bool *found)
{
    const struct staged_op *op = staged_find(&txn->staged, key);
    if (op == NULL) {
        const struct pins_source source = {txn->rocks->db, txn->rocks->latest, txn->state};
        return pins_get(&txn->pins, source, key, value, found);
    }
    *found = op->kind == STAGED_PUT;
    if (*found) *value = op->value;
    return ST_OK;
}

status store_txn_put(struct store_txn *txn, struct span key, struct span value)
{
    assert(key_is_users(key));
    return staged_put(&txn->staged, key, value);
}

status store_txn_delete(struct store_txn *txn, struct span key)
{
    assert(key_is_users(key));
    return staged_delete(&txn->staged, key);
}

status store_txn_delete_range(struct store_txn *txn, struct store_range range)
{
    assert(key_is_users(range.low));
    assert(range.high.len > 0);
    if (span_compare(range.low, range.high) >= 0) return ST_OK;
    return staged_delete_range(&txn->staged, range.low, range.high);
}

void store_txn_kept(struct store_txn *txn, size_t bytes)
{
    txn->kept_bytes += bytes;
}

uint64_t store_txn_sequence(const struct store_txn *txn)
{
    return txn->sequence;
}
