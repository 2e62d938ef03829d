/* embedded_stator.c -- the work of bench_embedded done by libstator, in this process.
 *
 * Two tables: of items of item_bytes, their key a partition of EMBEDDED_QUERY items and a number in
 * it; and of small ones.
 */
#include <stator/stator.h>
#include <stdio.h>
#include <stdlib.h>

#include "embedded.h"

enum { KEY_BYTES = 32, CACHE_MB = 256 };

static void check(stator_rc rc, const char *what)
{
    if (rc != STATOR_OK) embedded_fail(what, stator_error_get()->message);
}

/* The key of item `n`, in `text`. */
static stator_val partition(char text[KEY_BYTES], uint32_t n)
{
    return stator_sf_(text, KEY_BYTES, "k%08u", n / EMBEDDED_QUERY);
}

static stator_val sort(uint32_t n)
{
    return stator_i((int64_t)(n % EMBEDDED_QUERY));
}

/* ---- loading */

static void load_table(const struct embedded *e, const char *table, const char *text)
{
    char key[KEY_BYTES];
    stator_batch *batch = NULL;
    check(stator_batch_new(e->state, NULL, &batch), "a batch");
    for (uint32_t n = 0; n < e->items; n++)
        check(stator_batch_put(
                  batch, table,
                  STATOR_M({"pk", partition(key, n)}, {"sk", sort(n)}, {"data", stator_s(text)})),
              "loading");
    check(stator_batch_flush(batch), "loading");
    stator_batch_free(batch);
}

static void stator_subject_open(struct embedded *e)
{
    char uri[512];
    char small[EMBEDDED_SMALL_BYTES + 1];
    const stator_options options = {
        .size = sizeof options,
        .durability = e->durable ? STATOR_SYNC : STATOR_RELAXED,
        .cache_mb = CACHE_MB,
    };
    stator *db = NULL;
    (void)snprintf(uri, sizeof uri, "file:%s", e->folder);
    (void)snprintf(small, sizeof small, "%.*s", EMBEDDED_SMALL_BYTES, e->text);
    check(stator_open(uri, &options, &db), "opening");
    e->state = db;
    check(stator_create_table(db, .name = "Items", .key = "pk:S, sk:N"), "the table");
    check(stator_create_table(db, .name = "Small", .key = "pk:S, sk:N"), "the table");
    load_table(e, "Items", e->text);
    load_table(e, "Small", small);
}

static void stator_subject_close(struct embedded *e)
{
    stator_close(e->state);
}

/* ---- the operations */

static void get_from(const struct embedded *e, const char *table, uint32_t n)
{
    char key[KEY_BYTES];
    stator_result *result = NULL;
    check(stator_get(e->state, table, &result,
                     STATOR_KEY({"pk", partition(key, n)}, {"sk", sort(n)})),
          "GetItem");
    if (stator_str(stator_result_item(result, 0), "data") == NULL) embedded_fail("GetItem", "data");
    stator_result_free(result);
}

static void get(const struct embedded *e, uint32_t n)
{
    get_from(e, "Items", n);
}

static void get_small(const struct embedded *e, uint32_t n)
{
    get_from(e, "Small", n);
}

static void put(const struct embedded *e, uint32_t n)
{
    char key[KEY_BYTES];
    check(stator_put(
              e->state, "Items",
              STATOR_M({"pk", partition(key, n)}, {"sk", sort(n)}, {"data", stator_s(e->text)})),
          "PutItem");
}

static void update(const struct embedded *e, uint32_t n)
{
    char key[KEY_BYTES];
    check(stator_update(e->state, "Items", STATOR_KEY({"pk", partition(key, n)}, {"sk", sort(n)}),
                        stator_add("count", stator_i(1)), .condition = stator_exists("data")),
          "UpdateItem");
}

static void query(const struct embedded *e, uint32_t n)
{
    char key[KEY_BYTES];
    stator_result *result = NULL;
    check(stator_query(e->state, "Items", &result, stator_eq("pk", partition(key, n))), "Query");
    if (stator_result_count(result) != EMBEDDED_QUERY) embedded_fail("Query", "items are missing");
    stator_result_free(result);
}

static void transact(const struct embedded *e, uint32_t n)
{
    char key[KEY_BYTES];
    stator_tx *tx = stator_tx_new(e->state);
    for (uint32_t i = 0; i < EMBEDDED_TRANSACT; i++) {
        const uint32_t at = (n + i) % e->items;
        stator_tx_put(
            tx, "Items",
            STATOR_M({"pk", partition(key, at)}, {"sk", sort(at)}, {"data", stator_s(e->text)}));
    }
    const stator_rc rc = stator_tx_commit(tx, NULL);
    if (rc != STATOR_E_CONFLICT && rc != STATOR_E_TX_CANCELED) check(rc, "TransactWriteItems");
    stator_tx_free(tx);
}

static void batch(const struct embedded *e, uint32_t n)
{
    char key[KEY_BYTES];
    stator_batch *batch = NULL;
    check(stator_batch_new(e->state, NULL, &batch), "BatchWriteItem");
    for (uint32_t i = 0; i < EMBEDDED_BATCH; i++) {
        const uint32_t at = (n + i) % e->items;
        check(stator_batch_put(batch, "Items",
                               STATOR_M({"pk", partition(key, at)}, {"sk", sort(at)},
                                        {"data", stator_s(e->text)})),
              "BatchWriteItem");
    }
    check(stator_batch_flush(batch), "BatchWriteItem");
    stator_batch_free(batch);
}

static void stator_subject_run(struct embedded *e, embedded_op op, uint32_t item)
{
    static void (*const operations[])(const struct embedded *e, uint32_t n) = {
        [EMBEDDED_GET] = get,        [EMBEDDED_GET_SMALL] = get_small,
        [EMBEDDED_PUT] = put,        [EMBEDDED_UPDATE] = update,
        [EMBEDDED_QUERY_50] = query, [EMBEDDED_TRANSACT_4] = transact,
        [EMBEDDED_BATCH_25] = batch,
    };
    operations[op](e, item);
}

const struct embedded_subject embedded_stator = {
    .name = "libstator",
    .open = stator_subject_open,
    .run = stator_subject_run,
    .close = stator_subject_close,
};
