/* fault_test.c -- every allocation of every pattern fails once: the call says so or does without
 * it, nothing is lost, and objects and documents are as they were.
 *
 * In this process only: a server has its own memory. */
#include <stdio.h>

#include "db/heap.h"
#include "patterns/place.h"

enum { TRIES_MAX = 5000 };

/* A call to be made again and again; `i` tells the times apart. */
typedef stator_rc(call_fn)(struct place *place, int i);

/* Fail the 1st, 2nd, … allocation of the call until one goes through without. */
static void check_call(struct place *place, call_fn *call, const char *name)
{
    for (int n = 1; n < TRIES_MAX; n++) {
        heap_fail_at((uint64_t)n);
        const stator_rc rc = call(place, n);
        const bool failed = heap_failed();
        heap_fail_at(0);
        if (rc != STATOR_OK && !(failed && rc < 0))
            fail_msg("%s, allocation %d: %s: %s", name, n, stator_rc_name(rc),
                     stator_error_get()->message);
        if (!failed) return;
    }
    fail_msg("%s does not come to an end", name);
}

/* ---- models */

typedef struct thing {
    char pk[32], sk[32];
    char *text;
    stator_strings set;
    stator_doc *doc, *json;
    int64_t created, version;
} thing;

static const stator_field thing_fields[] = {
    STATOR_F_CHARS(thing, pk, "PK", STATOR_F_PK),
    STATOR_F_CHARS(thing, sk, "SK", STATOR_F_SK),
    STATOR_F_CSTR(thing, text, "text", 0),
    STATOR_F_STRINGS(thing, set, "set", 0),
    STATOR_F_DOC(thing, doc, "doc", 0),
    STATOR_F_DOC(thing, json, "json", STATOR_F_JSON),
    STATOR_F_TIME(thing, created, "created", STATOR_F_CREATED),
    STATOR_F_INT(thing, version, "version", STATOR_F_VERSION),
};

static stator_rc save_thing(struct place *place, int i)
{
    static const char *const members[] = {"a", "b"};
    const stator_model model = STATOR_MODEL(place->table, thing, thing_fields, NULL);
    char text[] = "text";
    thing one = {
        .sk = "X", .text = text, .set = {members, 2}
    };
    (void)snprintf(one.pk, sizeof one.pk, "T#%d", i);
    const stator_rc rc = stator_save(place->db, &model, &one);
    assert_int_equal(one.version, rc == STATOR_OK);
    assert_int_equal(one.created != 0, rc == STATOR_OK);
    return rc;
}

static stator_rc load_thing(struct place *place, int i)
{
    const stator_model model = STATOR_MODEL(place->table, thing, thing_fields, NULL);
    thing one = {.pk = "FULL", .sk = "X", .version = 77};
    (void)i;
    const stator_rc rc = stator_load(place->db, &model, &one, true);
    assert_int_equal(one.version, rc == STATOR_OK ? 1 : 77);
    assert_int_equal(one.text != NULL, rc == STATOR_OK);
    assert_int_equal(one.json != NULL, rc == STATOR_OK);
    stator_object_clear(&model, &one);
    return rc;
}

static void test_faults__of_models(void **state)
{
    struct place *place = *state;
    static const char json[] = "{\"a\":[1,{\"b\":null}]}";
    static const char *const members[] = {"a", "b"};
    const stator_model model = STATOR_MODEL(place->table, thing, thing_fields, NULL);
    char text[] = "text";
    thing full = {
        .pk = "FULL", .sk = "X", .text = text, .set = {members, 2}
    };
    place_check(stator_doc_parse(json, sizeof json - 1, STATOR_JSON_PLAIN, &full.doc), STATOR_OK);
    full.json = full.doc;
    place_check(stator_save(place->db, &model, &full), STATOR_OK);
    stator_doc_free(full.doc);
    check_call(place, save_thing, "save");
    check_call(place, load_thing, "load");
}

/* ---- patterns */

static stator_rc append(struct place *place, int i)
{
    const stator_events events = {.db = place->db, .table = place->table};
    char id[32];
    (void)snprintf(id, sizeof id, "e%d", i);
    return stator_events_append(&events, id, 1, STATOR_M({"n", stator_i(i)}), NULL);
}

static stator_rc append_strictly(struct place *place, int i)
{
    const stator_events events = {.db = place->db, .table = place->table, .strict = true};
    char id[32];
    (void)snprintf(id, sizeof id, "s%d", i);
    heap_fail_at(0);
    place_check(stator_events_append(&events, id, 1, stator_null(), NULL), STATOR_OK);
    heap_fail_at((uint64_t)i);
    return stator_events_append(&events, id, 2, STATOR_M({"n", stator_i(i)}), NULL);
}

static stator_rc submit(struct place *place, int i)
{
    const stator_events events = {.db = place->db, .table = place->table};
    char key[32], id[STATOR_UUID_LEN];
    (void)snprintf(key, sizeof key, "r%d", i);
    return stator_task_submit(&events, key, stator_i(i), id, NULL);
}

static stator_rc begin(struct place *place, int i)
{
    const stator_idem idem = {.db = place->db, .table = place->table};
    char key[32], token[STATOR_UUID_LEN];
    (void)snprintf(key, sizeof key, "i%d", i);
    return stator_idem_begin(&idem, key, "h", token, NULL);
}

static stator_rc acquire(struct place *place, int i)
{
    char pk[32];
    stator_lease lease;
    (void)snprintf(pk, sizeof pk, "L#%d", i);
    return stator_lease_acquire(place->db, place->table, pk, 60, &lease);
}

static stator_rc save_entity(struct place *place, int i)
{
    char pk[32];
    heap_fail_at(0);
    stator_doc *doc = stator_doc_new();
    (void)snprintf(pk, sizeof pk, "E#%d", i);
    place_check(stator_doc_set(doc, "PK", stator_s(pk)), STATOR_OK);
    place_check(stator_doc_set(doc, "SK", stator_s("X")), STATOR_OK);
    heap_fail_at((uint64_t)i);
    const stator_rc rc = stator_entity_save(place->db, place->table, doc);
    assert_int_equal(stator_int(stator_doc_node(doc), "Version", 0), rc == STATOR_OK);
    stator_doc_free(doc);
    return rc;
}

static stator_rc record(struct place *place, int i)
{
    const stator_series series = {.db = place->db, .table = place->table};
    const stator_sample sample = {
        .device = "d",
        .metric = "m",
        .value = stator_i(i),
        .at_us = (int64_t)i * STATOR_HOUR,
    };
    return stator_series_record(&series, &sample);
}

static stator_rc write_shard(struct place *place, int i)
{
    const stator_shards shards = {.db = place->db, .table = place->table, .base = "H"};
    const stator_attr n = {"n", stator_i(i)};
    return stator_shards_write(&shards, NULL, &n, 1);
}

static stator_rc pass_by(void *ud, int shard, const stator_node *item)
{
    (void)ud;
    (void)shard;
    (void)item;
    return STATOR_OK;
}

static stator_rc read_shards(struct place *place, int i)
{
    const stator_shards shards = {.db = place->db, .table = place->table, .base = "H"};
    (void)i;
    return stator_shards_read(&shards, NULL, pass_by, NULL);
}

static stator_rc cache(struct place *place, int i)
{
    stator_cache *cache = NULL;
    stator_doc *doc = NULL;
    (void)i;
    stator_rc rc = stator_cache_open(place->db, &cache, place->table, .consistent = true);
    for (int n = 0; n < 2 && rc == STATOR_OK; n++) {
        rc =
            stator_cache_get(cache, STATOR_KEY({"PK", stator_s("C")}, {"SK", stator_s("X")}), &doc);
        stator_doc_free(doc);
    }
    stator_cache_free(cache);
    return rc;
}

static void test_faults__of_patterns(void **state)
{
    struct place *place = *state;
    place_check(
        stator_put(place->db, place->table, STATOR_M({"PK", stator_s("C")}, {"SK", stator_s("X")})),
        STATOR_OK);
    check_call(place, append, "append");
    check_call(place, append_strictly, "append_strictly");
    check_call(place, submit, "submit");
    check_call(place, begin, "begin");
    check_call(place, acquire, "acquire");
    check_call(place, record, "record");
    check_call(place, write_shard, "write_shard");
    check_call(place, read_shards, "read_shards");
    check_call(place, cache, "cache");
}

static stator_rc insert(struct place *place, int i)
{
    const stator_jobs jobs = {.db = place->db, .table = place->table, .tenant = "t"};
    char key[32];
    stator_doc *job = stator_doc_new();
    (void)snprintf(key, sizeof key, "k%d", i);
    stator_rc rc = job != NULL ? stator_doc_set(job, "key", stator_s(key)) : STATOR_E_NOMEM;
    if (rc == STATOR_OK) rc = stator_jobs_insert(&jobs, job);
    stator_doc_free(job);
    return rc;
}

static void test_faults__of_jobs(void **state)
{
    check_call(*state, insert, "insert");
}

static void test_faults__of_entities(void **state)
{
    check_call(*state, save_entity, "save_entity");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_faults__of_models, place_setup_single, place_teardown),
        cmocka_unit_test_setup_teardown(test_faults__of_patterns, place_setup_single,
                                        place_teardown),
        cmocka_unit_test_setup_teardown(test_faults__of_jobs, place_setup_jobs, place_teardown),
        cmocka_unit_test_setup_teardown(test_faults__of_entities, place_setup_single,
                                        place_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
