/* fixture.h -- an engine over a store, driven with the JSON that documentation is written in.
 *
 *     struct fixture f;
 *     fixture_open(&f, NULL);                              in memory; or a folder
 *     fixture_table(&f, "jobs", "username:S", "key:S");
 *     st = fixture_write(&f, &(struct fixture_write){.verb = ENGINE_PUT, .table = "jobs",
 *                            .item = "{\"pk\":{\"S\":\"a\"}}", .condition = "…",
 *                            .names = "{\"#s\":\"status\"}", .values = "{\":v\":{\"N\":\"1\"}}"});
 *     fixture_close(&f);
 *
 * Writes wait for their done. Texts handed out live until fixture_close. Any broken JSON or
 * expression in a test fails that test at once, unless the call says it returns a status.
 */
#ifndef STATOR_TESTS_ENGINE_FIXTURE_H
#define STATOR_TESTS_ENGINE_FIXTURE_H

#include <stdatomic.h>

#include "engine/engine.h"
#include "os/cond.h"
#include "support/support.h"

struct fixture {
    struct store *store;
    struct engine_space space;         /* tables are made and found here; the empty one at first */
    const struct engine_space *engine; /* &space: what the verbs are asked of */
    bool leads;                        /* writes are helped with by their caller; false at first */
    bool enforce_throughput;           /* of the next fixture_reopen, as these */
    engine_ttl_visibility ttl_visibility;
    uint32_t sweep_every_ms;
    engine_note_fn *note;
    void *note_ctx;
    struct arena arena;
    struct error err;          /* of the last call */
    _Atomic uint64_t clock_ms; /* what both of the engine's clocks show; starts at 1700000000000 */
    _Atomic uint64_t back_ms; /* how far the wall clock is behind the other, put back; 0 at first */
    _Atomic uint64_t tick_ms; /* how far it goes on each time it is looked at; 0 at first */
    struct os os;
    uint64_t collection_bytes_max; /* for the next opening; 0: DynamoDB's */
    uint32_t lag_ms;               /* of global indexes, likewise */
    uint32_t stream_shards;        /* likewise; 0: one */
    uint64_t stream_age_ms;        /* likewise; 0: 24 hours */
};

/* `folder` NULL: in memory. */
void fixture_open(struct fixture *f, const char *folder);
void fixture_open_lagging(struct fixture *f, const char *folder, uint32_t lag_ms);
void fixture_close(struct fixture *f); /* after fixture_check */

/* Fails the test when engine_check finds a problem. */
void fixture_check(struct fixture *f);

/* Close and open again over the same folder. */
void fixture_reopen(struct fixture *f, const char *folder);

/* Make a table; a key is "name:T" with T one of S, N, B; `sort` may be NULL. */
void fixture_table(struct fixture *f, const char *name, const char *partition, const char *sort);

/* An index for fixture_indexed_table. A local one has the table's partition key. */
struct fixture_index {
    const char *name;
    bool global;
    const char *partition; /* of a global index */
    const char *sort;      /* or NULL */
    table_projection projection;
};
enum { FIXTURE_INDEXES_MAX = 4 };
void fixture_indexed_table(struct fixture *f, const char *name, const char *partition,
                           const char *sort,
                           const struct fixture_index indexes[FIXTURE_INDEXES_MAX]);

/* A create, change or delete of a table, whose status is returned; its description is in
 * write->description and must be dropped by the caller when ST_OK. */
status fixture_table_write(struct fixture *f, struct engine_table_write *write);

struct fixture_write {
    engine_verb verb;
    const char *table;
    const char *item;      /* JSON: the item, or the key */
    const char *condition; /* texts; NULL: none */
    const char *update;
    const char *names;  /* JSON: {"#s":"status"} */
    const char *values; /* JSON: {":v":{"S":"a"}} */
    engine_return returns;
    bool old_on_failure;
    bool explains;
    bool has_version;
    uint64_t if_version;

    /* answer */
    uint64_t version;
    const char *returned; /* JSON, or NULL when nothing was returned */
    uint32_t write_units;
    uint32_t index_cost_count; /* indexes that changed */
    uint32_t index_half_units; /* what that cost in all */
    const char *collection; /* JSON: the key of the item's collection, or NULL: none is counted */
    uint64_t collection_bytes;
    const struct engine_misfit *misfit;         /* or NULL */
    const struct expr_explanation *explanation; /* or NULL */
};
status fixture_write(struct fixture *f, struct fixture_write *write);

/* Several writes as one. `writes` are asked as for fixture_write, without `returns`. */
enum { FIXTURE_MANY_MAX = 100 };
struct fixture_many {
    struct fixture_write *writes;
    uint32_t count;
    bool transaction;
    const char *token; /* or NULL; the fingerprint is all texts of `writes` */

    /* answer */
    bool replayed;
    status reasons[FIXTURE_MANY_MAX];       /* of a transaction that was canceled */
    const char *messages[FIXTURE_MANY_MAX]; /* their texts, or NULL */
};
status fixture_many(struct fixture *f, struct fixture_many *many);

/* The same in two parts, to have it under way: fixture_many_end waits, unless it failed at once. */
struct fixture_pending;
struct fixture_pending *fixture_many_start(struct fixture *f, struct fixture_many *many);
status fixture_many_end(struct fixture *f, struct fixture_pending *pending);

/* Has it failed at once, or been answered? */
bool fixture_many_is_done(struct fixture_pending *pending);

/* Keep the store from running writes until fixture_release. */
struct fixture_hold {
    struct mutex lock;
    struct cond changed;
    bool held, released, done;
    struct store_write node;
};
void fixture_hold(struct fixture *f, struct fixture_hold *hold);
void fixture_release(struct fixture_hold *hold);

/* Damage: beside the first item of the first table stands the same under a key that is too short
 * to be an item's; and it is taken away again. */
void fixture_misplace(struct fixture *f);
void fixture_put_right(struct fixture *f);

/* A second fixture over the same engine, for another thread; ends with fixture_unshare. */
void fixture_share(const struct fixture *f, struct fixture *out);
void fixture_unshare(struct fixture *shared);

/* Switch time to live of a table on or off. */
status fixture_ttl(struct fixture *f, const char *table, const char *attribute, bool enabled);

/* Switch the stream of a table on, with this view, or off. */
status fixture_stream(struct fixture *f, const char *table, table_stream_view view);

/* Delete what is expired by the clock; the result is how many items. */
uint64_t fixture_sweep(struct fixture *f);

/* The item with this key (JSON) as JSON, or NULL. */
const char *fixture_get(struct fixture *f, const char *table, const char *key);

/* Its version, 0 when there is none. */
uint64_t fixture_version(struct fixture *f, const char *table, const char *key);

/* One page. `page` has everything that is not text set by the caller. */
struct fixture_page {
    const char *table;
    const char *key_condition; /* NULL: a scan */
    const char *filter;
    const char *projection;
    const char *names;
    const char *values;
    const char *start_key; /* JSON or NULL */
    struct engine_page page;

    /* answer */
    const char *items;    /* JSON array of items, or NULL for COUNT */
    const char *last_key; /* JSON or NULL */
};
status fixture_page(struct fixture *f, struct fixture_page *page);

/* A bound filter expression, in the fixture's arena. */
const struct expr *fixture_filter(struct fixture *f, const char *text, const char *values);

/* JSON to a stored map and back, in the fixture's arena. */
struct value fixture_map(struct fixture *f, const char *json);
const char *fixture_text(struct fixture *f, struct value map);

#endif
