/* jobs_test.c -- jobs: which stored ones an insert replaces, moves between statuses, claims,
 * tenants, keys, and that nobody wins twice.
 *
 * T0-1 … T0-20 are the rows of one table: what is stored, who comes, and what becomes of it. */
#include <pthread.h>
#include <stdio.h>

#include "patterns/place.h"

static const int64_t minute = STATOR_MINUTE;
static const int64_t hour = STATOR_HOUR;

static stator_jobs jobs_of(struct place *place)
{
    return (stator_jobs){.db = place->db, .table = place->table, .tenant = "tenant-a"};
}

static stator_doc *new_job(const char *key, const char *code)
{
    stator_doc *job = stator_doc_new();
    place_check(stator_doc_set(job, "key", stator_s(key)), STATOR_OK);
    place_check(stator_doc_set(job, "status", stator_opt_s(code)), STATOR_OK);
    return job;
}

static stator_rc insert(const stator_jobs *jobs, const char *key, const char *code)
{
    stator_doc *job = new_job(key, code);
    const stator_rc rc = stator_jobs_insert(jobs, job);
    stator_doc_free(job);
    return rc;
}

static stator_doc *stored(struct place *place, const char *key)
{
    stator_result *result = NULL;
    place_check(stator_get(place->db, place->table, &result,
                           STATOR_KEY({"username", stator_s("tenant-a")}, {"key", stator_s(key)}),
                           .consistent = true),
                STATOR_OK);
    stator_doc *doc = stator_doc_copy(stator_result_item(result, 0));
    stator_result_free(result);
    return doc;
}

/* ---- what an insert replaces */

enum { REPEAT_NONE, REPEAT_TRUE, REPEAT_TEXT, REPEAT_ONE };

/* A stored job: its age, its code (NULL: no status), and what is odd about it. */
struct row {
    const char *name;
    const char *stored; /* code; NULL: no status attribute */
    int64_t age;        /* -1: created is missing */
    const char *inbound;
    bool inserted;
    int repeat;
    bool created_is_number, is_expired;
};

/* clang-format off */
static const struct row rows[] = {
    {"T0-2",   "JF",  60 * 1000000LL,              "JQ",  true,  0, false, false},
    {"T0-3",   "JRA", 60 * 1000000LL,              "JQA", true,  0, false, false},
    {"T0-4",   "JRA", 60 * 1000000LL,              "JQ",  false, 0, false, false},
    {"T0-5",   "JR",  60 * 1000000LL,              "JQA", false, 0, false, false},
    {"T0-6a",  "JQ",  60 * 1000000LL,              "JQA", false, 0, false, false},
    {"T0-6b",  "JQA", 60 * 1000000LL,              "JQA", false, 0, false, false},
    {"T0-7",   "JP",  719 * 60 * 1000000LL,        "JQ",  false, 0, false, false},
    {"T0-8",   "JP",  721 * 60 * 1000000LL,        "JQ",  true,  0, false, false},
    {"T0-9",   "JR",  721 * 60 * 1000000LL,        "JQ",  false, 0, false, false},
    {"T0-11a", "JR",  60 * 1000000LL,              "JQ",  true,  REPEAT_TRUE, false, false},
    {"T0-11b", "JQ",  60 * 1000000LL,              "JQ",  true,  REPEAT_TRUE, false, false},
    {"T0-11c", "JP",  60 * 1000000LL,              "JQ",  true,  REPEAT_TRUE, false, false},
    {"T0-12a", "JR",  60 * 1000000LL,              "JQ",  false, REPEAT_TEXT, false, false},
    {"T0-12b", "JR",  60 * 1000000LL,              "JQ",  false, REPEAT_ONE,  false, false},
    {"T0-13a", "JR",  (48 * 60 - 1) * 60 * 1000000LL, "JQ", false, 0, false, false},
    {"T0-13b", "JR",  (48 * 60 + 1) * 60 * 1000000LL, "JQ", true,  0, false, false},
    {"T0-14",  NULL,  -1,                          "JQ",  false, 0, false, false},
    {"T0-15",  NULL,  72 * 3600 * 1000000LL,       "JQ",  true,  0, false, false},
    {"T0-16",  "JR",  72 * 3600 * 1000000LL,       "JQ",  false, 0, true,  false},
    {"T0-20",  "JR",  60 * 1000000LL,              "JQ",  true,  0, false, true},
};
/* clang-format on */

static stator_val repeat_of(int repeat)
{
    if (repeat == REPEAT_TRUE) return stator_bool(true);
    if (repeat == REPEAT_TEXT) return stator_s("true");
    return repeat == REPEAT_ONE ? stator_i(1) : stator_skip();
}

static void store_row(struct place *place, const struct row *row)
{
    char created[STATOR_TS_LEN], text[64];
    const int64_t now = stator_now(place->db);
    (void)stator_rfc3339(created, now - row->age);
    const stator_val time = row->age < 0             ? stator_skip()
                            : row->created_is_number ? stator_i((now - row->age) / STATOR_SECOND)
                                                     : stator_s(created);
    place_check(
        stator_put(
            place->db, place->table,
            STATOR_M({"username", stator_s("tenant-a")}, {"key", stator_s(row->name)},
                     {"status", row->stored != NULL ? stator_sf(text, "%s#%s", row->stored, created)
                                                    : stator_skip()},
                     {"created", time}, {"allowRepeat", repeat_of(row->repeat)},
                     {"ttl", row->is_expired ? stator_i(now / STATOR_SECOND - 1) : stator_skip()},
                     {"mark", stator_s("before")})),
        STATOR_OK);
}

static void test_jobs__an_insert_replaces_what_the_table_says(void **state)
{
    struct place *place = *state;
    const stator_jobs jobs = jobs_of(place);
    place_check(insert(&jobs, "T0-1", "JQ"), STATOR_OK); /* T0-1: nothing is stored */
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        const struct row *row = &rows[i];
        store_row(place, row);
        const stator_rc rc = insert(&jobs, row->name, row->inbound);
        if (rc != (row->inserted ? STATOR_OK : STATOR_CONDITION_FAILED))
            fail_msg("%s: %s %s", row->name, stator_rc_name(rc), stator_error_get()->message);
        stator_doc *after = stored(place, row->name);
        const bool is_before = stator_str(stator_doc_node(after), "mark") != NULL;
        assert_int_equal(is_before, !row->inserted);
        stator_doc_free(after);
    }
}

/* T0-10: created exactly at the threshold is not before it. */
static void test_jobs__the_thresholds_are_strict(void **state)
{
    struct place *place = *state;
    char created[STATOR_TS_LEN];
    const stator_jobs jobs = jobs_of(place);
    const int64_t now = stator_now(place->db) / STATOR_SECOND * STATOR_SECOND;
    place_freeze(place, now);
    (void)stator_rfc3339(created, now - 12 * hour);
    place_check(stator_put(place->db, place->table,
                           STATOR_M({"username", stator_s("tenant-a")}, {"key", stator_s("k")},
                                    {"status", stator_s("JP#")}, {"created", stator_s(created)})),
                STATOR_OK);
    place_check(insert(&jobs, "k", "JQ"), STATOR_CONDITION_FAILED);
    place_turn(place, STATOR_SECOND);
    place_check(insert(&jobs, "k", "JQ"), STATOR_OK);
}

struct race {
    stator_jobs jobs;
    stator_rc rcs[PLACE_THREADS_MAX];
    int64_t numbers[PLACE_THREADS_MAX];
};

static int count_of(const struct race *race, int count, stator_rc rc)
{
    int found = 0;
    for (int i = 0; i < count; i++) found += race->rcs[i] == rc;
    return found;
}

static void insert_one(void *ud, int i)
{
    struct race *race = ud;
    race->rcs[i] = insert(&race->jobs, "hot", "JQ");
    stator_thread_end();
}

/* T0-17 */
static void test_jobs__of_16_that_insert_the_same_one_does(void **state)
{
    struct place *place = *state;
    struct race race = {.jobs = jobs_of(place)};
    place_race(16, insert_one, &race);
    assert_int_equal(count_of(&race, 16, STATOR_OK), 1);
    assert_int_equal(count_of(&race, 16, STATOR_CONDITION_FAILED), 15);
    assert_int_equal(place_count(place), 1);
}

/* T0-18 */
static void test_jobs__a_refused_insert_changes_nothing_and_shows_what_is_there(void **state)
{
    struct place *place = *state;
    const stator_jobs jobs = jobs_of(place);
    place_check(insert(&jobs, "k", "JQ"), STATOR_OK);
    stator_doc *before = stored(place, "k");
    char *text = stator_json(stator_doc_node(before), STATOR_JSON_PLAIN);
    place_check(insert(&jobs, "k", "JQ"), STATOR_CONDITION_FAILED);
    assert_string_equal(stator_str(stator_error_get()->item, "key"), "k");
    assert_int_equal(stator_rc_class(STATOR_CONDITION_FAILED), STATOR_CLASS_BUSINESS);
    stator_doc *after = stored(place, "k");
    char *again = stator_json(stator_doc_node(after), STATOR_JSON_PLAIN);
    assert_string_equal(text, again);
    stator_free(text);
    stator_free(again);
    stator_doc_free(before);
    stator_doc_free(after);
}

/* The same call again, as the client sends it when a reply was lost: it draws the same numbers. */
static void test_jobs__an_insert_sent_again_is_done(void **state)
{
    struct place *place = *state;
    const stator_jobs jobs = jobs_of(place);
    const uint64_t random = atomic_load(&place->random);
    place_check(insert(&jobs, "k", "JQ"), STATOR_OK);
    atomic_store(&place->random, random);
    place_check(insert(&jobs, "k", "JQ"), STATOR_OK);
    place_check(insert(&jobs, "k", "JQ"), STATOR_CONDITION_FAILED); /* another call */
}

/* T0-19 */
static void test_jobs__tenants_are_separate(void **state)
{
    struct place *place = *state;
    const stator_jobs jobs = jobs_of(place);
    static const char *const allowed[] = {"tenant-b", "tenant-c"};
    stator_jobs other;
    place_check(insert(&jobs, "k", "JQ"), STATOR_OK);
    place_check(stator_jobs_assume(&jobs, "tenant-c", allowed, 2, &other), STATOR_OK);
    place_check(insert(&other, "k", "JQ"), STATOR_OK);
    place_check(stator_jobs_assume(&jobs, "tenant-a", NULL, 0, &other), STATOR_OK);
    place_check(stator_jobs_assume(&jobs, "tenant-d", allowed, 2, &other), STATOR_E_AUTH);
    assert_non_null(strstr(stator_error_get()->message, "tenant-d"));
    assert_int_equal(place_count(place), 2);
}

static void test_jobs__an_insert_stamps_what_the_table_needs_and_leaves_the_job(void **state)
{
    struct place *place = *state;
    const stator_jobs jobs = jobs_of(place);
    char key[STATOR_JOB_KEY_LEN];
    assert_string_equal(stator_job_key(key, "example.com", "10.0.0.1", "portscan"),
                        "#job#example.com#10.0.0.1#portscan");
    stator_doc *job = new_job(key, NULL);
    place_check(stator_doc_set(job, "config.depth", stator_i(2)), STATOR_OK);
    place_check(stator_jobs_insert(&jobs, job), STATOR_OK);
    assert_null(stator_str(stator_doc_node(job), "username"));
    stator_doc_free(job);

    stator_doc *after = stored(place, key);
    const stator_node *node = stator_doc_node(after);
    const int64_t now_s = stator_now(place->db) / STATOR_SECOND;
    int64_t created = 0;
    assert_int_equal(strncmp(stator_str(node, "status"), "JQ#", 3), 0);
    assert_int_equal(strncmp(stator_str(node, "source"), "portscan#", 9), 0);
    assert_string_equal(stator_str(node, "created"), stator_str(node, "updated"));
    assert_string_equal(stator_str(node, "status") + 3, stator_str(node, "created"));
    assert_int_equal(strlen(stator_str(node, "created")), strlen("2024-01-04T10:30:00Z"));
    place_check(stator_rfc3339_parse(stator_str(node, "created"), &created), STATOR_OK);
    assert_in_range(stator_int(node, "ttl", 0), now_s + 7 * 86400 - 60, now_s + 7 * 86400);
    assert_int_equal(stator_int(node, "config.depth", 0), 2);
    stator_doc_free(after);
}

static void test_jobs__what_is_no_job_is_refused(void **state)
{
    struct place *place = *state;
    const stator_jobs jobs = jobs_of(place);
    stator_doc *job = stator_doc_new();
    place_check(stator_jobs_insert(&jobs, job), STATOR_E_INVALID);
    assert_non_null(strstr(stator_error_get()->message, "\"key\""));
    stator_doc_free(job);
    place_check(insert(&jobs, "k", "XX"), STATOR_E_INVALID);
    place_check(insert(&jobs, "k", "JQX#2024"), STATOR_E_INVALID);
    place_check(stator_jobs_insert(&jobs, NULL), STATOR_E_MISUSE);
    place_check(stator_jobs_insert(NULL, NULL), STATOR_E_MISUSE);
    place_check(stator_jobs_set_status(&jobs, "k", "no", 0, NULL), STATOR_E_INVALID);
    assert_int_equal(place_count(place), 0);
}

/* ---- keys */

static void test_jobs__a_long_dns_is_cut_between_characters(void **state)
{
    (void)state;
    char dns[2048], target[2048], key[STATOR_JOB_KEY_LEN];
    for (size_t i = 0; i + 1 < sizeof dns; i += 2)
        memcpy(dns + i, "\xC3\xA9", 2); /* two bytes each */
    dns[sizeof dns - 2] = '\0';
    assert_non_null(stator_job_key(key, dns, "t", "c"));
    assert_in_range(strlen(key), 1022, 1024);
    assert_string_equal(key + strlen(key) - 4, "#t#c");
    assert_int_equal((strlen(key) - strlen("#job##t#c")) % 2, 0);
    assert_non_null(stator_job_key(key, dns, "tt", "c")); /* one byte less */
    assert_int_equal((strlen(key) - strlen("#job##tt#c")) % 2, 0);
    memset(target, 't', sizeof target);
    target[1016] = '\0'; /* leaves no room for the capability and what stands between */
    assert_null(stator_job_key(key, "d", target, "c"));
    assert_string_equal(key, "");
    target[1015] = '\0'; /* leaves room for one byte of dns */
    assert_non_null(stator_job_key(key, "dns", target, "c"));
    assert_int_equal(strlen(key), 1024);
}

/* ---- statuses */

static const char *text_at(stator_doc *job, const char *path)
{
    return stator_str(stator_doc_node(job), path);
}

static void test_jobs__a_status_brings_what_goes_with_it(void **state)
{
    struct place *place = *state;
    const stator_jobs jobs = jobs_of(place);
    stator_doc *job = NULL;
    char started[STATOR_TS_LEN];
    place_check(insert(&jobs, "#job#d#t#scan", "JQ"), STATOR_OK);

    place_check(stator_jobs_set_status(&jobs, "#job#d#t#scan", "JR", 0, &job), STATOR_OK);
    assert_int_equal(strncmp(text_at(job, "status"), "JR#", 3), 0);
    (void)snprintf(started, sizeof started, "%s", text_at(job, "started"));
    assert_null(text_at(job, "finished"));
    stator_doc_free(job);

    place_turn(place, 90 * STATOR_SECOND);
    place_check(stator_jobs_set_status(&jobs, "#job#d#t#scan", "JRA", 0, &job), STATOR_OK);
    assert_string_equal(text_at(job, "started"), started); /* unless it is set */
    stator_doc_free(job);

    place_check(stator_jobs_set_status(&jobs, "#job#d#t#scan", "JF", 0, &job), STATOR_OK);
    assert_non_null(text_at(job, "finished"));
    assert_string_equal(text_at(job, "finished"), text_at(job, "updated"));
    assert_int_equal(strncmp(text_at(job, "source"), "scan#", 5), 0);
    assert_string_equal(text_at(job, "source") + 5, text_at(job, "updated"));
    stator_doc_free(job);

    place_check(stator_jobs_set_status(&jobs, "#job#d#t#scan", "JQ", 0, &job), STATOR_OK);
    assert_null(text_at(job, "started"));
    assert_null(text_at(job, "finished"));
    stator_doc_free(job);

    place_check(stator_jobs_set_status(&jobs, "none", "JQ", 0, &job), STATOR_NOT_FOUND);
    assert_null(job);
    assert_int_equal(place_count(place), 1);
}

/* ---- claims */

static void test_jobs__a_claim_is_for_one_and_for_a_time(void **state)
{
    struct place *place = *state;
    const stator_jobs jobs = jobs_of(place);
    stator_doc *first = NULL, *second = NULL;
    place_check(stator_jobs_claim(&jobs, "w1", minute, &first), STATOR_NOT_FOUND);
    place_check(insert(&jobs, "k", "JQ"), STATOR_OK);
    place_check(stator_jobs_claim(&jobs, "w1", minute, &first), STATOR_OK);
    assert_string_equal(text_at(first, "worker"), "w1");
    assert_string_equal(text_at(first, "key"), "k");
    place_check(stator_jobs_claim(&jobs, "w2", minute, &second), STATOR_NOT_FOUND);

    place_turn(place, 2 * minute);
    place_check(stator_jobs_claim(&jobs, "w2", minute, &second), STATOR_OK);
    const int64_t old = stator_int(stator_doc_node(first), "fence", 0);
    const int64_t new = stator_int(stator_doc_node(second), "fence", 0);
    assert_true(new > old);
    place_check(stator_jobs_set_status(&jobs, "k", "JP", old, NULL), STATOR_CONDITION_FAILED);
    place_check(stator_jobs_set_status(&jobs, "k", "JP", new, NULL), STATOR_OK);
    stator_doc_free(first);
    stator_doc_free(second);
}

static void test_jobs__a_fence_goes_on_when_a_job_is_inserted_again(void **state)
{
    struct place *place = *state;
    const stator_jobs jobs = jobs_of(place);
    stator_doc *first = NULL, *second = NULL;
    place_check(insert(&jobs, "k", "JQ"), STATOR_OK);
    place_check(stator_jobs_claim(&jobs, "w1", minute, &first), STATOR_OK);
    const int64_t old = stator_int(stator_doc_node(first), "fence", 0);
    place_check(stator_jobs_set_status(&jobs, "k", "JF", old, NULL), STATOR_OK);
    place_turn(place, STATOR_SECOND);
    place_check(insert(&jobs, "k", "JQ"), STATOR_OK);
    place_check(stator_jobs_claim(&jobs, "w2", minute, &second), STATOR_OK);
    assert_true(stator_int(stator_doc_node(second), "fence", 0) > old);
    stator_doc_free(first);
    stator_doc_free(second);
}

static void claim_all(void *ud, int i)
{
    struct race *race = ud;
    char worker[16];
    stator_doc *job = NULL;
    stator_rc rc = STATOR_OK;
    (void)snprintf(worker, sizeof worker, "w%d", i);
    while ((rc = stator_jobs_claim(&race->jobs, worker, hour, &job)) == STATOR_OK) {
        race->numbers[i]++;
        stator_doc_free(job);
    }
    race->rcs[i] = rc;
    stator_thread_end();
}

static void test_jobs__workers_that_race_share_the_jobs(void **state)
{
    enum { JOBS = 40, WORKERS = 4 };
    struct place *place = *state;
    struct race race = {.jobs = jobs_of(place)};
    char key[16];
    int64_t claimed = 0;
    for (int i = 0; i < JOBS; i++) {
        (void)snprintf(key, sizeof key, "k%d", i);
        place_check(insert(&race.jobs, key, "JQ"), STATOR_OK);
    }
    place_race(WORKERS, claim_all, &race);
    assert_int_equal(count_of(&race, WORKERS, STATOR_NOT_FOUND), WORKERS);
    for (int i = 0; i < WORKERS; i++) claimed += race.numbers[i];
    assert_int_equal(claimed, JOBS);
}

/* ---- notes, classes */

static void test_jobs__a_note_says_when_and_for_how_long(void **state)
{
    struct place *place = *state;
    const stator_jobs jobs = jobs_of(place);
    stator_result *found = NULL;
    place_check(stator_jobs_note(&jobs, "t1", STATOR_M({"step", stator_s("begun")})), STATOR_OK);
    place_check(stator_query(place->db, place->table, &found,
                             stator_and(stator_eq("username", stator_s("tenant-a")),
                                        stator_begins_with("key", stator_s("#event#t1#"))),
                             .consistent = true),
                STATOR_OK);
    assert_int_equal(stator_result_count(found), 1);
    const stator_node *note = stator_result_item(found, 0);
    const int64_t now_s = stator_now(place->db) / STATOR_SECOND;
    assert_string_equal(stator_str(note, "event.step"), "begun");
    assert_int_equal(strncmp(stator_str(note, "created"), "#trace#", 7), 0);
    assert_in_range(stator_int(note, "ttl", 0), now_s + 90 * 86400 - 60, now_s + 90 * 86400);
    stator_result_free(found);
}

static void test_jobs__outcomes_are_told_apart_by_what_to_do(void **state)
{
    (void)state;
    static const struct {
        stator_rc rc;
        stator_class kind;
    } cases[] = {
        {STATOR_OK,               STATOR_CLASS_DONE    },
        {STATOR_NOT_FOUND,        STATOR_CLASS_DONE    },
        {STATOR_CONDITION_FAILED, STATOR_CLASS_BUSINESS},
        {STATOR_E_THROTTLED,      STATOR_CLASS_RETRY   },
        {STATOR_E_CONFLICT,       STATOR_CLASS_RETRY   },
        {STATOR_E_NO_TABLE,       STATOR_CLASS_CLIENT  },
        {STATOR_E_INVALID,        STATOR_CLASS_CLIENT  },
        {STATOR_E_TOO_LARGE,      STATOR_CLASS_CLIENT  },
        {STATOR_E_CORRUPT,        STATOR_CLASS_SERVER  },
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++)
        assert_int_equal(stator_rc_class(cases[i].rc), cases[i].kind);
}

#define IN_PLACE(test) cmocka_unit_test_setup_teardown(test, place_setup_jobs, place_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_PLACE(test_jobs__an_insert_replaces_what_the_table_says),
        IN_PLACE(test_jobs__the_thresholds_are_strict),
        IN_PLACE(test_jobs__of_16_that_insert_the_same_one_does),
        IN_PLACE(test_jobs__a_refused_insert_changes_nothing_and_shows_what_is_there),
        IN_PLACE(test_jobs__an_insert_sent_again_is_done),
        IN_PLACE(test_jobs__tenants_are_separate),
        IN_PLACE(test_jobs__an_insert_stamps_what_the_table_needs_and_leaves_the_job),
        IN_PLACE(test_jobs__what_is_no_job_is_refused),
        cmocka_unit_test(test_jobs__a_long_dns_is_cut_between_characters),
        IN_PLACE(test_jobs__a_status_brings_what_goes_with_it),
        IN_PLACE(test_jobs__a_claim_is_for_one_and_for_a_time),
        IN_PLACE(test_jobs__a_fence_goes_on_when_a_job_is_inserted_again),
        IN_PLACE(test_jobs__workers_that_race_share_the_jobs),
        IN_PLACE(test_jobs__a_note_says_when_and_for_how_long),
        cmocka_unit_test(test_jobs__outcomes_are_told_apart_by_what_to_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
