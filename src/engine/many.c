/* many.c -- BatchWriteItem and TransactWriteItems: several changes in one write of the store.
 *
 *                                                                               thread of
 *     engine_write_many   finds the tables, prepares changes, claims the items  the caller
 *     many_run            judges all, then applies all                          the store
 *     many_done           counts, lets go, reports                              the store
 *
 * A batch takes the same way with no conditions, no token and no claims. So it happens as a whole
 * too, which DynamoDB does not promise and nobody may rely on, but for what throughput forbids.
 *
 * M1  Every condition is judged before anything is staged; what one action stages, no condition of
 *     the same request sees.
 * M2  A refusal (conditions, throughput, a replayed or misused token) stages nothing and is an
 *     answer: many_run returns ST_OK to the store. An update that cannot be applied, or an index
 *     without units, comes after others have staged: many_run fails, and the store forgets what was
 *     staged (S6 of store.h).
 * M3  Claims are given up before the answer goes out: who has the answer meets no conflict of the
 *     transaction it answers.
 * M4  What a batch has no units for is left out and stages nothing: change_apply admits a change to
 *     its indexes before it stages any of it. A transaction is admitted as a whole, and then
 *     charged: it is what goes into debt (throttle.h).
 */
#include <assert.h>

#include "engine/change.h"
#include "engine/replay.h"

struct engine_many_own {
    struct store_write node;
    struct engine *engine;
    struct engine_many *many;
    struct change *changes;        /* one for each write */
    struct conflict_claim *claims; /* likewise; of a transaction */
    bool claimed;
    struct replay token;      /* of many->token, if there is one */
    struct expiry_moment now; /* of this run */
    status outcome; /* ST_OK, ST_TX_CANCELED, ST_TOKEN_MISMATCH; of a batch: no units left */
};

/* ---- before: on the caller's thread */

static status find_tables(struct engine_many_own *own, const struct engine_space *space)
{
    struct engine_many *many = own->many;
    for (uint32_t i = 0; i < many->count; i++) {
        struct change *change = &own->changes[i];
        *change = (struct change){
            .engine = own->engine,
            .write = &many->writes[i],
            .in_batch = !many->transaction,
            .place = i,
            .times = many->transaction ? 2 : 1,
        };
        TRY(engine_own_table(space, many->writes[i].table_name, &change->table, many->err));
    }
    return ST_OK;
}

static void drop_tables(struct engine_many_own *own)
{
    for (uint32_t i = 0; i < own->many->count; i++)
        if (own->changes[i].table != NULL) table_drop(own->changes[i].table);
}

/* The failure `st` of write `i` is that of the whole. */
static status pass_up(struct engine_many_own *own, uint32_t i, status st)
{
    *own->many->err = *own->many->writes[i].err;
    if (own->many->err->status != st) return FAIL_PLAIN(own->many->err, st);
    return st;
}

static status check_filled(struct engine_many_own *own)
{
    for (uint32_t i = 0; i < own->many->count; i++) {
        const struct change *change = &own->changes[i];
        TRY(table_check_filled(change->table, change->write->attributes, change_source(change),
                               own->many->err));
    }
    return ST_OK;
}

static status prepare_changes(struct engine_many_own *own)
{
    struct engine_many *many = own->many;
    for (uint32_t i = 0; i < many->count; i++) {
        const status st = change_prepare(&own->changes[i]);
        if (st == ST_OK) continue;
        if (st == ST_VALIDATION && many->transaction) return FAIL_PLAIN(many->err, ST_TX_CANCELED);
        return pass_up(own, i, st);
    }
    return ST_OK;
}

static status fail_twice(const struct engine_many *many)
{
    return FAIL(many->err, ST_VALIDATION, "%s",
                many->transaction
                    ? "Transaction request cannot include multiple operations on one item"
                    : "Provided list of item keys contains duplicates");
}

/* At most 100 keys: comparing each with each costs less than sorting them would in code. */
static status check_no_item_twice(struct engine_many_own *own)
{
    for (uint32_t i = 1; i < own->many->count; i++)
        for (uint32_t j = 0; j < i; j++)
            if (span_eq(own->changes[i].key, own->changes[j].key)) return fail_twice(own->many);
    return ST_OK;
}

/* The keys that decide: the items' and the token's. */
static status list_keys(struct engine_many_own *own)
{
    const struct engine_many *many = own->many;
    struct span *keys = arena_new_array(many->arena, many->count + REPLAY_KEYS, struct span);
    if (keys == NULL) return FAIL_PLAIN(many->err, ST_NO_MEMORY);
    uint16_t count = 0;
    while (count < many->count) {
        keys[count] = own->changes[count].key;
        count++;
    }
    for (size_t i = 0; i < REPLAY_KEYS && many->token.len > 0; i++)
        keys[count++] = (struct span){own->token.keys[i], REPLAY_KEY_BYTES};
    own->node.keys = keys;
    own->node.key_count = count;
    return ST_OK;
}

static status fail_conflicts(struct engine_many_own *own)
{
    for (uint32_t i = 0; i < own->many->count; i++)
        if (own->claims[i].conflicts) (void)FAIL_PLAIN(own->many->writes[i].err, ST_TX_CONFLICT);
    return FAIL_PLAIN(own->many->err, ST_TX_CANCELED);
}

static status claim(struct engine_many_own *own)
{
    const struct engine_many *many = own->many;
    own->claims = arena_new_array(many->arena, many->count, struct conflict_claim);
    if (own->claims == NULL) return FAIL_PLAIN(many->err, ST_NO_MEMORY);
    for (uint32_t i = 0; i < many->count; i++)
        own->claims[i] = (struct conflict_claim){.key = own->changes[i].key, .token = many->token};
    const conflict_outcome outcome =
        conflict_claim(own->engine->conflicts, own->claims, many->count);
    if (outcome == CONFLICT_OTHERS) return fail_conflicts(own);
    own->claimed = outcome == CONFLICT_NONE;
    return ST_OK;
}

/* A token is its sender's: others may use the same one. */
static status make_replay(struct engine_many_own *own, const struct engine_space *space)
{
    const struct engine_many *many = own->many;
    struct buf text;
    buf_init(&text, arena_mem(many->arena), LIMIT_SPACE_BYTES + 1 + LIMIT_TOKEN_BYTES);
    buf_put(&text, space->name);
    if (space->name.len > 0) buf_put_u8(&text, '/');
    buf_put(&text, many->token);
    TRY_PLAIN(many->err, buf_status(&text));
    replay_make(own->engine, buf_view(&text), many->fingerprint, &own->token);
    return ST_OK;
}

/* Claiming comes last: nothing fails after it. */
static status prepare(struct engine_many_own *own, const struct engine_space *space)
{
    struct engine_many *many = own->many;
    TRY(find_tables(own, space));
    if (many->transaction) TRY(check_filled(own));
    TRY(prepare_changes(own));
    TRY(check_no_item_twice(own));
    if (many->token.len > 0) TRY(make_replay(own, space));
    TRY(list_keys(own));
    return many->transaction ? claim(own) : ST_OK;
}

/* ---- the write function */

/* W1 of change.h: whatever an earlier run left behind is forgotten. */
static void begin(struct engine_many_own *own)
{
    struct engine_many *many = own->many;
    own->outcome = ST_OK;
    own->now = expiry_now(own->engine);
    many->replayed = false;
    *many->err = error_in(many->arena);
    for (uint32_t i = 0; i < many->count; i++) {
        *many->writes[i].err = error_in(many->arena);
        many->writes[i].unprocessed = false;
    }
}

/* Settle the request by its token, if it can be: *settled. */
static status judge_token(struct store_txn *txn, struct engine_many_own *own, bool *settled)
{
    if (own->many->token.len == 0) return ST_OK;
    replay_found found = REPLAY_NEW;
    TRY_PLAIN(own->many->err, replay_find(txn, &own->token, own->many, &found));
    own->many->replayed = found == REPLAY_SAME;
    if (found == REPLAY_OTHER) own->outcome = FAIL_PLAIN(own->many->err, ST_TOKEN_MISMATCH);
    *settled = found != REPLAY_NEW;
    return ST_OK;
}

static status judge_all(struct store_txn *txn, struct engine_many_own *own)
{
    for (uint32_t i = 0; i < own->many->count; i++) {
        const status st = change_judge(txn, &own->changes[i], own->now);
        if (change_is_refused(st))
            own->outcome = ST_TX_CANCELED;
        else if (st != ST_OK)
            return pass_up(own, i, st);
    }
    return ST_OK;
}

/* Is `st` why one action cannot happen, and with it the whole? */
static bool is_reason(status st)
{
    return st == ST_VALIDATION || st == ST_COLLECTION_SIZE || engine_is_throttled(st);
}

static status apply_all(struct store_txn *txn, struct engine_many_own *own)
{
    struct engine_many *many = own->many;
    for (uint32_t i = 0; i < many->count; i++) {
        const status st = change_apply(txn, &own->changes[i]);
        if (st == ST_OK) continue;
        if (is_reason(st)) return FAIL_PLAIN(many->err, ST_TX_CANCELED);
        return pass_up(own, i, st);
    }
    if (many->token.len > 0) TRY_PLAIN(many->err, replay_put(txn, &own->token, many));
    for (uint32_t i = 0; i < many->count; i++) change_charge(&own->changes[i]);
    return ST_OK;
}

/* One after the other: each is admitted when those before it were charged (M4). */
static status run_batch(struct store_txn *txn, struct engine_many_own *own)
{
    uint32_t left = 0;
    for (uint32_t i = 0; i < own->many->count; i++) {
        struct change *change = &own->changes[i];
        status st = change_judge(txn, change, own->now);
        if (st == ST_OK) st = change_apply(txn, change);
        if (st == ST_OK) change_charge(change);
        change->write->unprocessed = engine_is_throttled(st);
        if (!change->write->unprocessed && st != ST_OK) return pass_up(own, i, st);
        if (change->write->unprocessed) left++;
    }
    if (left < own->many->count) return ST_OK;
    *own->many->err = *own->many->writes[0].err;
    own->outcome = own->many->err->status;
    return ST_OK;
}

/* The answer to a request that was settled by its token. */
static status answer_again(struct store_txn *txn, struct engine_many_own *own)
{
    struct engine_many *many = own->many;
    for (uint32_t i = 0; i < many->count && many->replayed; i++)
        TRY_PLAIN(many->err, change_recount(txn, &own->changes[i]));
    return ST_OK;
}

static status judge_and_apply(struct store_txn *txn, struct engine_many_own *own)
{
    bool settled = false;
    begin(own);
    if (!own->many->transaction) return run_batch(txn, own);
    TRY(judge_token(txn, own, &settled));
    if (settled) return answer_again(txn, own);
    TRY(judge_all(txn, own));
    return own->outcome == ST_OK ? apply_all(txn, own) : ST_OK;
}

static status many_run(struct store_txn *txn, void *ctx)
{
    struct engine_many_own *own = ctx;
    const size_t taken = own->many->arena->taken;
    const status st = judge_and_apply(txn, own);
    store_txn_kept(txn, own->many->arena->taken - taken);
    return st;
}

/* ---- after */

static void settle_all(const struct engine_many_own *own)
{
    for (uint32_t i = 0; i < own->many->count; i++)
        if (!own->many->writes[i].unprocessed) change_settle(&own->changes[i]);
}

static void many_done(void *ctx, status st)
{
    struct engine_many_own *own = ctx;
    struct engine_many *many = own->many;
    if (st == ST_OK && own->outcome == ST_OK && !many->replayed) settle_all(own);
    if (st == ST_OK) st = own->outcome;
    if (st != ST_OK && many->err->status != st) (void)FAIL_PLAIN(many->err, st);
    if (own->claimed) conflict_release(own->engine->conflicts, own->claims, many->count); /* M3 */
    drop_tables(own);
    many->done(many->done_ctx, st);
}

status engine_write_many(const struct engine_space *space, struct engine_many *many)
{
    assert(many->count > 0);
    assert(many->count <= LIMIT_TRANSACTION_ITEMS);
    assert(many->done != NULL);
    assert(space->snapshot == NULL);
    struct engine_many_own *own = arena_new(many->arena, struct engine_many_own);
    if (own == NULL) return FAIL_PLAIN(many->err, ST_NO_MEMORY);
    own->engine = space->engine;
    own->many = many;
    own->changes = arena_new_array(many->arena, many->count, struct change);
    if (own->changes == NULL) return FAIL_PLAIN(many->err, ST_NO_MEMORY);

    const status st = prepare(own, space);
    if (st != ST_OK) {
        drop_tables(own);
        return st;
    }
    own->node.fn = many_run;
    own->node.done = many_done;
    own->node.ctx = own;
    own->node.helped = space->helps;
    many->own = own;
    store_write(own->engine->store, &own->node);
    return ST_OK;
}
