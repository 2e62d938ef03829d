/* send.c -- see send.h.
 *
 *     rc                                what the operation is
 *     STATOR_OK, STATOR_NOT_FOUND       ok
 *     STATOR_CONDITION_FAILED           refused
 *     any error that is uncertain       unknown; of a read nothing
 *     a conflict with a transaction,    nothing
 *     no connection
 *     any other error                   nothing, and told: no run is right that has one
 */
#include "linear/send.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "linear/served.h"
#include "stator/engine.h"

enum { ACTIONS_MAX = 3 * CELL_NUMBERS, KEY_ATTRIBUTES = 2, REPEAT_MAX = 2000 };

static const char *const names[CELL_NUMBERS] = {"version", "value", "count"};
static const stator_retry once = {0, 0, 0, 1.0, 0.0};

/* ---- literals */

struct literal {
    char sk[8];
    stator_attr item[KEY_ATTRIBUTES + CELL_NUMBERS]; /* begins with the key */
    size_t item_count;
    stator_upd actions[ACTIONS_MAX];
    size_t action_count;
};

static void make_item(struct literal *l, const struct history_part *part)
{
    (void)snprintf(l->sk, sizeof l->sk, "k%02u", part->key);
    l->item[0] = (stator_attr){"PK", stator_s("hot")};
    l->item[1] = (stator_attr){"SK", stator_s(l->sk)};
    l->item_count = KEY_ATTRIBUTES;
    for (size_t i = 0; i < CELL_NUMBERS && part->action == ACTION_PUT; i++)
        if (part->set.has & (CELL_HAS << i))
            l->item[l->item_count++] = (stator_attr){names[i], stator_i(part->set.number[i])};
}

static void make_update(struct literal *l, const struct history_part *part)
{
    l->action_count = 0;
    for (size_t i = 0; i < CELL_NUMBERS; i++) {
        const uint8_t bit = (uint8_t)(CELL_HAS << i);
        if (part->set.has & bit)
            l->actions[l->action_count++] = stator_set(names[i], stator_i(part->set.number[i]));
        if (part->added.has & bit)
            l->actions[l->action_count++] = stator_add(names[i], stator_i(part->added.number[i]));
        if (part->removed & bit) l->actions[l->action_count++] = stator_remove(names[i]);
    }
}

static stator_val key_of(const struct literal *l)
{
    return stator_map(l->item, KEY_ATTRIBUTES);
}

static stator_cond condition_of(const struct history_part *part)
{
    const stator_val operand = stator_i(part->operand);
    switch ((history_condition)part->condition) {
    case CONDITION_ABSENT:
        return stator_not_exists("PK");
    case CONDITION_EXISTS:
        return stator_exists("PK");
    case CONDITION_VERSION_IS:
        return stator_eq("version", operand);
    case CONDITION_VERSION_BELOW:
        return stator_lt("version", operand);
    case CONDITION_VALUE_NOT:
        return stator_ne("value", operand);
    case CONDITION_COUNT_ABOVE:
        return stator_gt("count", operand);
    case CONDITION_NONE:
    case CONDITIONS:
        break;
    }
    return (stator_cond){0};
}

static uint8_t returning_of(const struct history_part *part)
{
    static const uint8_t all[SIGHTS] = {
        [SIGHT_OLD] = STATOR_ALL_OLD,
        [SIGHT_NEW] = STATOR_ALL_NEW,
        [SIGHT_UPDATED_OLD] = STATOR_UPDATED_OLD,
        [SIGHT_UPDATED_NEW] = STATOR_UPDATED_NEW,
    };
    return all[part->sees];
}

/* What the part asks, for a call of its own or an action of a transaction. */
static stator_write_opts options_of(struct literal *l, const struct history_part *part)
{
    make_item(l, part);
    make_update(l, part);
    return (stator_write_opts){
        .size = sizeof(stator_write_opts),
        .value = stator_map(l->item, l->item_count),
        .condition = condition_of(part),
        .update = stator_upd_all(l->actions, l->action_count),
        .on_failure = part->sees != SIGHT_NONE ? STATOR_ALL_OLD : STATOR_RET_NONE,
        .retry = &once,
    };
}

/* ---- what comes back */

static bool read_number(const stator_node *item, const char *name, int32_t *out)
{
    const int64_t number = stator_int(item, name, INT64_MIN);
    if (number < INT32_MIN || number > INT32_MAX) return false;
    *out = (int32_t)number;
    return true;
}

/* The attributes of `item` (NULL: none) that the model knows; odd when there is another, or it is
 * the item of another key. */
static struct cell cell_of(const stator_node *item, unsigned key, uint8_t also)
{
    struct cell cell = {.has = also};
    size_t known = 0;
    char sk[8];
    if (item == NULL) return (struct cell){0};
    for (size_t i = 0; i < CELL_NUMBERS; i++) {
        if (stator_at(item, names[i]) == NULL) continue;
        known++;
        if (read_number(item, names[i], &cell.number[i])) cell.has |= (uint8_t)(CELL_HAS << i);
        if (stator_type(stator_at(item, names[i])) != STATOR_N) cell.has |= CELL_ODD;
    }
    (void)snprintf(sk, sizeof sk, "k%02u", key);
    const char *found = stator_str(item, "SK");
    if (also != 0) known += KEY_ATTRIBUTES;
    if (also != 0 && (found == NULL || strcmp(found, sk) != 0)) cell.has |= CELL_ODD;
    if (stator_len(item) != known) cell.has |= CELL_ODD;
    return cell;
}

static struct cell whole_of(const stator_node *item, unsigned key)
{
    return cell_of(item, key, CELL_EXISTS);
}

static bool is_expected(stator_rc rc)
{
    return rc == STATOR_E_CONFLICT || rc == STATOR_E_TX_CANCELED || rc == STATOR_E_NETWORK ||
           rc == STATOR_E_UNAVAILABLE || rc == STATOR_E_TIMEOUT;
}

/* What became of `op`, by the last call of this thread. */
static void settle(struct send_place *place, struct history_op *op, stator_rc rc)
{
    const stator_error *error = stator_error_get();
    struct send_tally *tally = &place->tally;
    op->ret = served_clock_ns();
    op->outcome = OUTCOME_NOTHING;
    if (rc == STATOR_CONDITION_FAILED) {
        op->outcome = OUTCOME_REFUSED;
        tally->refused++;
    } else if (rc >= 0 && rc != STATOR_PARTIAL) {
        op->outcome = OUTCOME_OK;
        tally->answered++;
    } else if (error->uncertain || rc == STATOR_PARTIAL) {
        op->outcome = OUTCOME_UNKNOWN;
        tally->unknown++;
    } else if (rc == STATOR_E_CONFLICT || rc == STATOR_E_TX_CANCELED) {
        tally->conflicts++;
    } else {
        tally->nothing++;
    }
    if ((rc >= 0 && rc != STATOR_PARTIAL) || error->uncertain || is_expected(rc)) return;
    tally->unexpected++;
    (void)snprintf(tally->words, sizeof tally->words, "%s: %s", stator_rc_name(rc), error->message);
}

static void forget_sights(struct history_op *op)
{
    for (size_t i = 0; i < op->part_count; i++) {
        op->parts[i].sees = SIGHT_NONE;
        op->parts[i].seen = (struct cell){0};
    }
}

static void add_write(struct history_op *op, struct history *log)
{
    if (op->outcome == OUTCOME_UNKNOWN || op->outcome == OUTCOME_NOTHING) forget_sights(op);
    history_add(log, op);
}

static void add_read(const struct history_op *op, struct history *log)
{
    if (op->outcome == OUTCOME_OK) history_add(log, op);
}

static struct history_op begin(const struct send_place *place, const struct send_request *request)
{
    struct history_op op = {.client = place->client, .part_count = request->part_count};
    memcpy(op.parts, request->parts, sizeof op.parts);
    op.call = served_clock_ns();
    return op;
}

/* ---- one item */

static void send_get(struct send_place *place, const struct send_request *request,
                     const char *table, struct history *log)
{
    struct literal l;
    stator_result *r = NULL;
    const struct history_part *part = &request->parts[0];
    make_item(&l, part);
    struct history_op op = begin(place, request);
    const stator_rc rc =
        stator_get(place->db, table, &r, key_of(&l), .consistent = request->consistent);
    settle(place, &op, rc);
    op.parts[0].sees = SIGHT_OLD;
    op.parts[0].seen = whole_of(stator_result_item(r, 0), part->key);
    add_read(&op, log);
    stator_result_free(r);
}

static stator_rc call_write(struct send_place *place, const struct history_part *part,
                            const char *table, stator_result **r)
{
    struct literal l;
    stator_write_opts options = options_of(&l, part);
    options.returning = returning_of(part);
    options.result = r;
    if (part->action == ACTION_PUT) return stator_put_item(place->db, table, &options);
    if (part->action == ACTION_DELETE) return stator_delete_item(place->db, table, &options);
    return stator_update_item(place->db, table, key_of(&l), &options);
}

static void send_write(struct send_place *place, const struct send_request *request,
                       const char *table, struct history *log)
{
    stator_result *r = NULL;
    struct history_op op = begin(place, request);
    struct history_part *part = &op.parts[0];
    const stator_rc rc = call_write(place, &request->parts[0], table, &r);
    const bool is_whole = part->sees == SIGHT_OLD || part->sees == SIGHT_NEW;
    if (rc == STATOR_CONDITION_FAILED && part->sees != SIGHT_NONE) {
        part->sees = SIGHT_OLD;
        part->seen = whole_of(stator_error_get()->item, part->key);
    }
    part->refuses = rc == STATOR_CONDITION_FAILED;
    settle(place, &op, rc);
    if (rc == STATOR_OK && part->sees != SIGHT_NONE)
        part->seen = cell_of(stator_result_item(r, 0), part->key, is_whole ? CELL_EXISTS : 0);
    add_write(&op, log);
    stator_result_free(r);
}

/* ---- transactions */

static void add_action(stator_tx *tx, const char *table, struct literal *l,
                       const struct history_part *part)
{
    const stator_write_opts options = options_of(l, part);
    switch ((history_action)part->action) {
    case ACTION_PUT:
        (void)stator_tx_put_(tx, table, &options);
        break;
    case ACTION_UPDATE:
        (void)stator_tx_update_(tx, table, key_of(l), &options);
        break;
    case ACTION_DELETE:
        (void)stator_tx_delete_(tx, table, &options);
        break;
    case ACTION_CHECK:
        (void)stator_tx_check_(tx, table, &options);
        break;
    case ACTION_READ:
    case ACTIONS:
        break;
    }
}

/* Which parts refused, and what they showed. False: there is another reason than conditions and
 * conflicts. */
static bool read_reasons(const stator_tx *tx, const struct send_request *request,
                         struct history_op *op)
{
    const stator_cancel_reason *reasons = NULL;
    const size_t count = stator_tx_reasons(tx, &reasons);
    for (size_t i = 0; i < count && i < op->part_count; i++) {
        struct history_part *part = &op->parts[i];
        part->refuses = strcmp(reasons[i].code, "ConditionalCheckFailed") == 0;
        part->sees = part->refuses && request->parts[i].sees != SIGHT_NONE ? SIGHT_OLD : SIGHT_NONE;
        part->seen = (struct cell){0};
        if (part->sees == SIGHT_OLD) part->seen = whole_of(reasons[i].item, part->key);
        if (!part->refuses && strcmp(reasons[i].code, "None") != 0 &&
            strcmp(reasons[i].code, "TransactionConflict") != 0)
            return false;
    }
    return count == op->part_count;
}

static stator_rc commit(stator_tx *tx, const char *table, const struct send_request *request)
{
    struct literal l[HISTORY_PARTS_MAX];
    for (size_t i = 0; i < request->part_count; i++)
        add_action(tx, table, &l[i], &request->parts[i]);
    if (request->token[0] != '\0') (void)stator_tx_token(tx, request->token);
    return stator_tx_commit(tx, &once);
}

/* One attempt. */
static void transact(struct send_place *place, const struct send_request *request,
                     const char *table, struct history_op *op)
{
    stator_tx *tx = stator_tx_new(place->db);
    const stator_rc rc = commit(tx, table, request);
    const bool is_canceled = rc == STATOR_CONDITION_FAILED || rc == STATOR_E_TX_CANCELED;
    settle(place, op, rc);
    forget_sights(op);
    if (is_canceled && !read_reasons(tx, request, op)) {
        place->tally.unexpected++;
        (void)snprintf(place->tally.words, sizeof place->tally.words, "a reason: %s",
                       stator_error_get()->message);
    }
    stator_tx_free(tx);
}

static void pause_ms(long ms)
{
    (void)nanosleep(&(struct timespec){.tv_nsec = ms * 1000000}, NULL);
}

/* Once an attempt is unknown, only an answer to a later one tells more: what did not happen then
 * may have happened before. */
static void send_transact(struct send_place *place, const struct send_request *request,
                          const char *table, struct history *log)
{
    struct history_op op = begin(place, request);
    transact(place, request, table, &op);
    const bool repeats = request->token[0] != '\0' && op.outcome == OUTCOME_UNKNOWN;
    for (int i = 0; repeats && i < REPEAT_MAX; i++) {
        pause_ms(5);
        transact(place, request, table, &op);
        place->tally.repeated++;
        if (op.outcome == OUTCOME_OK || op.outcome == OUTCOME_REFUSED) break;
        op.outcome = OUTCOME_UNKNOWN;
    }
    add_write(&op, log);
}

static void send_transact_get(struct send_place *place, const struct send_request *request,
                              const char *table, struct history *log)
{
    struct literal l[HISTORY_PARTS_MAX];
    stator_val keys[HISTORY_PARTS_MAX];
    const char *tables[HISTORY_PARTS_MAX];
    stator_result *r = NULL;
    for (size_t i = 0; i < request->part_count; i++) {
        make_item(&l[i], &request->parts[i]);
        keys[i] = key_of(&l[i]);
        tables[i] = table;
    }
    struct history_op op = begin(place, request);
    const stator_rc rc = stator_tx_get_items(place->db, tables, keys, request->part_count, &r);
    settle(place, &op, rc);
    for (size_t i = 0; i < op.part_count; i++) {
        op.parts[i].sees = SIGHT_OLD;
        op.parts[i].seen = whole_of(stator_result_item(r, i), op.parts[i].key);
    }
    add_read(&op, log);
    stator_result_free(r);
}

/* ---- pages */

static unsigned key_named(const stator_node *item)
{
    const char *sk = stator_str(item, "SK");
    return sk != NULL && sk[0] == 'k' ? (unsigned)strtoul(sk + 1, NULL, 10) : HISTORY_KEYS_MAX;
}

/* The items from `from` on that the page tells of: those on it, and those that it lacks. Answers
 * where the next page begins. */
static unsigned read_page(const stator_result *page, unsigned from, unsigned end,
                          struct history_op *op)
{
    if (stator_result_token(page) != NULL) end = key_named(stator_result_last_key(page)) + 1;
    size_t next = 0;
    for (unsigned key = from; key < end && op->part_count < HISTORY_PARTS_MAX; key++) {
        const stator_node *item = stator_result_item(page, next);
        struct history_part *part = &op->parts[op->part_count++];
        *part = (struct history_part){.key = (uint8_t)key, .sees = SIGHT_OLD};
        if (item == NULL || key_named(item) > key) continue;
        part->seen = whole_of(item, key);
        next++;
    }
    if (next < stator_result_count(page)) op->parts[0].seen.has |= CELL_ODD; /* out of order */
    return end;
}

static stator_rc call_page(stator *db, const struct send_request *request, const char *table,
                           const char *token, stator_result **page)
{
    stator_query_opts options = {
        .size = sizeof options,
        .consistent = request->consistent,
        .limit = request->limit,
        .start_token = token,
    };
    if (request->kind == SEND_QUERY) {
        options.key = stator_eq("PK", stator_s("hot"));
        return stator_query_page(db, table, page, &options);
    }
    options.table = table;
    return stator_scan_page(db, page, &options);
}

/* Page by page, each an operation. */
static void send_pages(struct send_place *place, const struct send_request *request,
                       const char *table, struct history *log)
{
    unsigned from = request->family * place->family_keys;
    const unsigned end = from + place->family_keys;
    stator_result *page = NULL;
    bool is_more = true;
    while (is_more) {
        stator_result *next = NULL;
        struct history_op op = begin(place, request);
        const stator_rc rc = call_page(place->db, request, table, stator_result_token(page), &next);
        settle(place, &op, rc);
        op.part_count = 0;
        if (rc == STATOR_OK) from = read_page(next, from, end, &op);
        if (op.part_count > 0) add_read(&op, log);
        is_more = rc == STATOR_OK && stator_result_token(next) != NULL;
        stator_result_free(page);
        page = next;
    }
    stator_result_free(page);
}

/* All pages of one held state are one operation, whose time is that of taking hold. */
static void send_snapshot(struct send_place *place, const struct send_request *request,
                          const char *table, struct history *log)
{
    unsigned from = request->family * place->family_keys;
    const unsigned end = from + place->family_keys;
    stator *then = NULL;
    stator_result *page = NULL;
    struct history_op op = begin(place, request);
    stator_rc rc = stator_snapshot(place->db, &then);
    settle(place, &op, rc);
    op.part_count = 0;
    for (bool is_more = rc == STATOR_OK; is_more;) {
        stator_result *next = NULL;
        rc = call_page(then, request, table, stator_result_token(page), &next);
        if (rc == STATOR_OK) from = read_page(next, from, end, &op);
        is_more = rc == STATOR_OK && stator_result_token(next) != NULL;
        stator_result_free(page);
        page = next;
    }
    if (rc == STATOR_OK) add_read(&op, log);
    stator_result_free(page);
    stator_close(then);
}

/* ---- batches */

/* Each part as an operation of its own. */
static void add_each(const struct history_op *whole, struct history *log)
{
    for (size_t i = 0; i < whole->part_count; i++) {
        struct history_op op = *whole;
        op.part_count = 1;
        memset(op.parts, 0, sizeof op.parts);
        op.parts[0] = whole->parts[i];
        if (op.parts[0].action == ACTION_READ)
            add_read(&op, log);
        else
            add_write(&op, log);
    }
}

static stator_rc call_batch(struct send_place *place, const struct send_request *request,
                            const char *table)
{
    const stator_batch_opts options = {.size = sizeof options, .retry = &once};
    stator_batch *batch = NULL;
    stator_rc rc = stator_batch_new(place->db, &options, &batch);
    for (size_t i = 0; i < request->part_count && rc == STATOR_OK; i++) {
        struct literal l;
        make_item(&l, &request->parts[i]);
        rc = request->parts[i].action == ACTION_PUT
                 ? stator_batch_put(batch, table, stator_map(l.item, l.item_count))
                 : stator_batch_delete(batch, table, key_of(&l));
    }
    if (rc == STATOR_OK) rc = stator_batch_flush(batch);
    stator_batch_free(batch);
    return rc;
}

static void send_batch_write(struct send_place *place, const struct send_request *request,
                             const char *table, struct history *log)
{
    struct history_op op = begin(place, request);
    settle(place, &op, call_batch(place, request, table));
    add_each(&op, log);
}

static void send_batch_get(struct send_place *place, const struct send_request *request,
                           const char *table, struct history *log)
{
    struct literal l[HISTORY_PARTS_MAX];
    stator_val keys[HISTORY_PARTS_MAX];
    stator_result *r = NULL;
    for (size_t i = 0; i < request->part_count; i++) {
        make_item(&l[i], &request->parts[i]);
        keys[i] = key_of(&l[i]);
    }
    struct history_op op = begin(place, request);
    const stator_rc rc = stator_batch_get(place->db, table, &r, keys, request->part_count,
                                          .consistent = request->consistent);
    settle(place, &op, rc);
    for (size_t i = 0; i < op.part_count; i++) {
        op.parts[i].sees = SIGHT_OLD;
        op.parts[i].seen = whole_of(stator_result_item(r, i), op.parts[i].key);
    }
    add_each(&op, log);
    stator_result_free(r);
}

/* ---- all */

void send_table_name(const struct send_place *place, unsigned family, char out[SEND_TABLE_BYTES])
{
    (void)snprintf(out, SEND_TABLE_BYTES, "%s%u", place->prefix, family);
}

typedef void(send_to_fn)(struct send_place *place, const struct send_request *request,
                         const char *table, struct history *log);

void send_request(struct send_place *place, const struct send_request *request, struct history *log)
{
    static send_to_fn *const kinds[SEND_KINDS] = {
        [SEND_GET] = send_get,
        [SEND_WRITE] = send_write,
        [SEND_TRANSACT] = send_transact,
        [SEND_TRANSACT_GET] = send_transact_get,
        [SEND_QUERY] = send_pages,
        [SEND_SCAN] = send_pages,
        [SEND_SNAPSHOT] = send_snapshot,
        [SEND_BATCH_WRITE] = send_batch_write,
        [SEND_BATCH_GET] = send_batch_get,
    };
    char table[SEND_TABLE_BYTES];
    send_table_name(place, request->family, table);
    kinds[request->kind](place, request, table, log);
}
