/* fractures_test.c -- what is read at once is of one moment.
 *
 * Transactions write one number into all items of a table, each a larger one. Whoever sees two
 * numbers in one answer has seen half of a transaction: that is a fracture. Readers ask in every
 * way that promises one moment: TransactGetItems, a page of a Query, of a Scan, of an index or of a
 * statement, all pages of a held state. Pages of one walk over a server are of different moments,
 * which come one after the other.
 *
 *     R1  All numbers of one answer are the same, and no item is missing.
 *     R2  A number is at least the largest one that was acknowledged before the question.
 *     R3  With --gsi-lag a global index shows a number whose transaction was called before the time
 *         that the lag leaves, and at least the one that was acknowledged a 32nd part before that.
 *     R4  What one reader is shown one after the other, in one way, never goes back.
 *
 * A reader that asks for one item after the other does see fractures, else this would prove
 * nothing.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

#include "linear/served.h"
#include "stator/engine.h"
#include "stator/stator.h"
#include "support/support.h"

enum {
    ITEMS = 12,
    WRITERS = 2,
    NUMBERS_MAX = 100000,
    LAG_MS = 160,
    SLACK_MS = 60,
    EARLY_MS = 5,
    TRIES = 20,
    FEW = 10
};

static const int64_t PATIENCE_S = 60;
static const char table[] = "fractures";
static const stator_retry once = {0, 0, 0, 1.0, 0.0};

struct field {
    stator *db;
    bool is_local, lags;
    _Atomic int64_t until;     /* of all threads, by served_clock_ns */
    atomic_llong next;         /* numbers given out */
    atomic_llong acknowledged; /* the largest */
    atomic_llong called_at[NUMBERS_MAX], answered_at[NUMBERS_MAX]; /* 0: not yet */
};

/* ---- writers */

static stator_val key_of(stator_attr attributes[2], char sk[8], int item)
{
    attributes[0] = (stator_attr){"PK", stator_s("all")};
    attributes[1] = (stator_attr){"SK", stator_sf_(sk, 8, "i%02d", item)};
    return stator_map(attributes, 2);
}

/* All items become `number`, if it is larger than what is there. */
static stator_rc write_all(stator *db, int64_t number)
{
    stator_tx *tx = stator_tx_new(db);
    for (int item = 0; item < ITEMS; item++) {
        char sk[8];
        stator_attr attributes[2];
        const stator_upd sets[] = {stator_set("n", stator_i(number)),
                                   stator_set("group", stator_s("g"))};
        const stator_write_opts options = {
            .size = sizeof options,
            .update = stator_upd_all(sets, ARRAY_COUNT(sets)),
            .condition =
                item == 0 && number > 0 ? stator_lt("n", stator_i(number)) : (stator_cond){0},
        };
        (void)stator_tx_update_(tx, table, key_of(attributes, sk, item), &options);
    }
    const stator_rc rc = stator_tx_commit(tx, &once);
    stator_tx_free(tx);
    return rc;
}

static void acknowledge(struct field *field, long long number)
{
    long long largest = atomic_load(&field->acknowledged);
    atomic_store(&field->answered_at[number], served_clock_ns());
    while (largest < number)
        if (atomic_compare_exchange_weak(&field->acknowledged, &largest, number)) break;
}

static void pause_ms(long ms)
{
    (void)nanosleep(&(struct timespec){.tv_nsec = ms * 1000000}, NULL);
}

/* Its time is not over, or next to nothing has happened yet: other programs may be at work. */
static bool goes_on(struct field *field)
{
    const int64_t over = served_clock_ns() - field->until;
    return over < 0 || (atomic_load(&field->acknowledged) < FEW && over < PATIENCE_S * 1000000000);
}

static void *run_writer(void *ud)
{
    struct field *field = ud;
    while (goes_on(field)) {
        const long long number = atomic_fetch_add(&field->next, 1);
        if (number >= NUMBERS_MAX) break;
        atomic_store(&field->called_at[number], served_clock_ns());
        if (write_all(field->db, number) == STATOR_OK) acknowledge(field, number);
        pause_ms(1); /* TransactGetItems finds conflicts all the time otherwise */
    }
    return NULL;
}

/* ---- readers */

struct reader {
    struct field *field;
    int64_t begun;
    int64_t shown; /* before, in this way */
    bool is_index;
    uint64_t answers, fractures, older, newer, back, short_ones, failed;
    char words[200];
};

/* The largest number that was acknowledged before `time`. */
static long long acknowledged_by(struct field *field, int64_t time)
{
    long long number = atomic_load(&field->acknowledged);
    for (; number > 0; number--) {
        const long long at = atomic_load(&field->answered_at[number]);
        if (at != 0 && at < time) break;
    }
    return number;
}

/* R2 to R4. */
static void judge_number(struct reader *r, int64_t number, int64_t at_least)
{
    struct field *field = r->field;
    const int64_t lag = r->is_index && field->lags ? (int64_t)(LAG_MS - EARLY_MS) * 1000000 : 0;
    const int64_t now = served_clock_ns();
    r->answers++;
    if (number < r->shown) r->back++;
    if (number < at_least) r->older++;
    if (number > 0 && atomic_load(&field->called_at[number]) > now - lag) r->newer++;
    r->shown = number;
}

/* R1 of the items of one answer, which are `count`. */
static void judge(struct reader *r, const stator_result *result, size_t first, size_t count,
                  int64_t at_least)
{
    const int64_t number = stator_int(stator_result_item(result, first), "n", -1);
    for (size_t i = first; i < first + count; i++)
        if (stator_int(stator_result_item(result, i), "n", -1) != number) r->fractures++;
    if (number < 0) r->short_ones++;
    judge_number(r, number, at_least);
}

typedef stator_rc(read_fn)(struct reader *r, int64_t at_least);

static stator_rc read_together(struct reader *r, int64_t at_least)
{
    stator_attr attributes[ITEMS][2];
    char sk[ITEMS][8];
    stator_val keys[ITEMS];
    const char *tables[ITEMS];
    stator_result *result = NULL;
    for (int i = 0; i < ITEMS; i++) {
        keys[i] = key_of(attributes[i], sk[i], i);
        tables[i] = table;
    }
    stator_rc rc = STATOR_E_TX_CANCELED; /* by a conflict */
    for (int i = 0; i < TRIES && rc == STATOR_E_TX_CANCELED; i++)
        rc = stator_tx_get_items(r->field->db, tables, keys, ITEMS, &result);
    if (rc == STATOR_OK) judge(r, result, 0, ITEMS, at_least);
    stator_result_free(result);
    return rc == STATOR_E_TX_CANCELED ? STATOR_OK : rc;
}

/* One page, of a Query where `options` has a key, else of a Scan. */
static stator_rc read_page(struct reader *r, stator *db, stator_query_opts *options,
                           int64_t at_least, stator_result **out)
{
    options->size = sizeof *options;
    options->table = table;
    options->consistent = options->index == NULL;
    const stator_rc rc = options->key.op != STATOR_C_NONE
                             ? stator_query_page(db, table, out, options)
                             : stator_scan_page(db, out, options);
    if (rc != STATOR_OK) return rc;
    const size_t count = stator_result_count(*out);
    if (options->limit == 0 && count != ITEMS) r->short_ones++;
    if (count > 0) judge(r, *out, 0, count, at_least);
    return rc;
}

static stator_rc read_whole(struct reader *r, stator_query_opts options, int64_t at_least)
{
    stator_result *result = NULL;
    const stator_rc rc = read_page(r, r->field->db, &options, at_least, &result);
    stator_result_free(result);
    return rc;
}

static stator_rc read_query(struct reader *r, int64_t at_least)
{
    return read_whole(r, (stator_query_opts){.key = stator_eq("PK", stator_s("all"))}, at_least);
}

static stator_rc read_backwards(struct reader *r, int64_t at_least)
{
    const stator_query_opts options = {.key = stator_eq("PK", stator_s("all")), .descending = true};
    return read_whole(r, options, at_least);
}

static stator_rc read_scan(struct reader *r, int64_t at_least)
{
    return read_whole(r, (stator_query_opts){0}, at_least);
}

static stator_rc read_index(struct reader *r, int64_t at_least)
{
    const stator_query_opts options = {.key = stator_eq("group", stator_s("g")),
                                       .index = "by-group"};
    return read_whole(r, options, at_least);
}

static stator_rc read_index_scan(struct reader *r, int64_t at_least)
{
    return read_whole(r, (stator_query_opts){.index = "by-group"}, at_least);
}

static stator_rc read_local_index(struct reader *r, int64_t at_least)
{
    const stator_query_opts options = {.key = stator_eq("PK", stator_s("all")),
                                       .index = "by-number"};
    return read_whole(r, options, at_least);
}

static stator_rc read_statement(struct reader *r, int64_t at_least)
{
    stator_result *result = NULL;
    const stator_rc rc =
        stator_execute(r->field->db, "SELECT * FROM \"fractures\" WHERE PK = 'all'", &result, {0},
                       .consistent = true);
    if (rc == STATOR_OK && stator_result_count(result) != ITEMS) r->short_ones++;
    if (rc == STATOR_OK) judge(r, result, 0, stator_result_count(result), at_least);
    stator_result_free(result);
    return rc;
}

/* Page by page over `db`: each of one moment, none before that of the page before. */
static stator_rc walk(struct reader *r, stator *db, int64_t at_least)
{
    stator_result *page = NULL;
    stator_rc rc = STATOR_OK;
    for (bool is_more = true; is_more && rc == STATOR_OK;) {
        stator_result *next = NULL;
        stator_query_opts options = {.limit = 5, .start_token = stator_result_token(page)};
        rc = read_page(r, db, &options, at_least, &next);
        is_more = stator_result_token(next) != NULL;
        stator_result_free(page);
        page = next;
    }
    stator_result_free(page);
    return rc;
}

static stator_rc read_pages(struct reader *r, int64_t at_least)
{
    return walk(r, r->field->db, at_least);
}

/* All pages of a held state are of one moment: that of the first is that of all. */
static stator_rc read_held(struct reader *r, int64_t at_least)
{
    stator *then = NULL;
    if (!r->field->is_local) return STATOR_OK;
    stator_rc rc = stator_snapshot(r->field->db, &then);
    if (rc != STATOR_OK) return rc;
    rc = walk(r, then, at_least);
    const int64_t number = r->shown;
    if (rc == STATOR_OK) rc = walk(r, then, at_least);
    if (rc == STATOR_OK && r->shown != number) r->fractures++;
    stator_close(then);
    return rc;
}

static const struct {
    const char *name;
    read_fn *read;
    bool is_index; /* a global one */
} ways[] = {
    {"TransactGetItems", read_together,    false},
    {"Query",            read_query,       false},
    {"Query backwards",  read_backwards,   false},
    {"Scan",             read_scan,        false},
    {"a global index",   read_index,       true },
    {"a Scan of it",     read_index_scan,  true },
    {"a local index",    read_local_index, false},
    {"a statement",      read_statement,   false},
    {"pages",            read_pages,       false},
    {"a held state",     read_held,        false},
};

enum { WAYS = ARRAY_COUNT(ways), READERS = 3 };

struct reading {
    pthread_t thread;
    struct reader readers[WAYS];
};

static void read_once(struct field *field, struct reader *r, size_t way)
{
    const int64_t ago = (int64_t)(LAG_MS + LAG_MS / 32 + SLACK_MS) * 1000000;
    const bool lags = ways[way].is_index && field->lags;
    const int64_t at_least =
        lags ? acknowledged_by(field, served_clock_ns() - ago) : atomic_load(&field->acknowledged);
    r->field = field;
    r->is_index = ways[way].is_index;
    const stator_rc rc = ways[way].read(r, at_least);
    if (rc == STATOR_OK) return;
    r->failed++;
    (void)snprintf(r->words, sizeof r->words, "%s", stator_error_get()->message);
}

struct start {
    struct field *field;
    struct reading *reading;
};

static void *run_reader(void *ud)
{
    const struct start *start = ud;
    for (size_t way = 0; goes_on(start->field); way = (way + 1) % WAYS)
        read_once(start->field, &start->reading->readers[way], way);
    return NULL;
}

/* ---- all of it */

static void make_field(struct field *field)
{
    const stator_index_spec indexes[] = {
        {.name = "by-group",  .key = "group:S, SK:S"},
        {.name = "by-number",                   .key = "PK:S, n:N", .local = true},
        {.name = NULL},
    };
    if (stator_create_table(field->db, .name = table, .key = "PK:S, SK:S", .indexes = indexes) !=
            STATOR_OK ||
        write_all(field->db, 0) != STATOR_OK)
        fail_msg("%s", stator_error_get()->message);
    atomic_store(&field->next, 1);
    if (!field->lags) return; /* what is there before the past begins is seen at once */
    pause_ms(2 * LAG_MS);
}

static void sum_up(const struct reading *readings)
{
    for (size_t way = 0; way < WAYS; way++) {
        struct reader sum = {0};
        for (size_t i = 0; i < READERS; i++) {
            const struct reader *r = &readings[i].readers[way];
            sum.answers += r->answers;
            sum.fractures += r->fractures;
            sum.older += r->older;
            sum.newer += r->newer;
            sum.back += r->back;
            sum.short_ones += r->short_ones;
            sum.failed += r->failed;
            if (r->failed > 0) memcpy(sum.words, r->words, sizeof sum.words);
        }
        const uint64_t wrong =
            sum.fractures + sum.older + sum.newer + sum.back + sum.short_ones + sum.failed;
        print_message("    %s: %llu answers\n", ways[way].name, (unsigned long long)sum.answers);
        if (wrong > 0)
            fail_msg("%s: %llu fractures, %llu too old, %llu too new, %llu back, %llu lack items, "
                     "%llu failed: %s",
                     ways[way].name, (unsigned long long)sum.fractures,
                     (unsigned long long)sum.older, (unsigned long long)sum.newer,
                     (unsigned long long)sum.back, (unsigned long long)sum.short_ones,
                     (unsigned long long)sum.failed, sum.words);
    }
}

static void run_field(struct field *field, int64_t milliseconds)
{
    pthread_t writers[WRITERS];
    struct reading *readings = calloc(READERS, sizeof *readings);
    struct start starts[READERS];
    assert_non_null(readings);
    make_field(field);
    field->until = served_clock_ns() + milliseconds * 1000000;
    for (size_t i = 0; i < WRITERS; i++)
        assert_int_equal(pthread_create(&writers[i], NULL, run_writer, field), 0);
    for (size_t i = 0; i < READERS; i++) {
        starts[i] = (struct start){field, &readings[i]};
        assert_int_equal(pthread_create(&readings[i].thread, NULL, run_reader, &starts[i]), 0);
    }
    for (size_t i = 0; i < WRITERS; i++) assert_int_equal(pthread_join(writers[i], NULL), 0);
    for (size_t i = 0; i < READERS; i++)
        assert_int_equal(pthread_join(readings[i].thread, NULL), 0);
    print_message("%lld transactions, the last that happened is %lld\n",
                  (long long)atomic_load(&field->next),
                  (long long)atomic_load(&field->acknowledged));
    assert_true(atomic_load(&field->acknowledged) > 0);
    sum_up(readings);
    free(readings);
}

static int64_t wanted_ms(void)
{
    const char *text = getenv("STATOR_FRACTURES_MS");
    return text != NULL ? strtoll(text, NULL, 10) : 900;
}

static struct field *open_field(const char *uri)
{
    struct field *field = calloc(1, sizeof *field);
    const stator_options options = {.size = sizeof options, .retry = &once};
    assert_non_null(field);
    if (stator_open(uri, &options, &field->db) != STATOR_OK)
        fail_msg("%s", stator_error_get()->message);
    return field;
}

static void test_fractures__are_not_seen_in_this_process(void **state)
{
    (void)state;
    struct field *field = open_field("mem:");
    field->is_local = true;
    run_field(field, wanted_ms());
    stator_close(field->db);
    free(field);
}

static void run_served(const char *const *options, bool lags)
{
    struct served served = {0};
    char data[600];
    char *folder = support_folder_new();
    (void)snprintf(data, sizeof data, "%s/data", folder);
    served.data = data;
    for (size_t i = 0; options[i] != NULL; i++) served.options[i] = options[i];
    served_start(&served);
    struct field *field = open_field(served.url);
    field->lags = lags;
    run_field(field, wanted_ms());
    stator_close(field->db);
    free(field);
    served_stop(&served);
    support_folder_free(folder);
}

static void test_fractures__are_not_seen_over_http(void **state)
{
    (void)state;
    run_served((const char *const[]){"--log-level", "error", NULL}, false);
}

static void test_fractures__are_not_seen_in_indexes_that_lag(void **state)
{
    (void)state;
    char lag[8];
    (void)snprintf(lag, sizeof lag, "%d", LAG_MS);
    run_served((const char *const[]){"--log-level", "error", "--gsi-lag", lag, NULL}, true);
}

/* ---- the proof that a fracture would be seen */

static void *run_single_reader(void *ud)
{
    struct reader *r = ud;
    while (goes_on(r->field) && r->fractures == 0) {
        int64_t first = -1;
        for (int item = 0; item < ITEMS; item++) {
            char sk[8];
            stator_attr attributes[2];
            stator_result *result = NULL;
            const stator_val key = key_of(attributes, sk, item);
            if (stator_get(r->field->db, table, &result, key, .consistent = true) != STATOR_OK)
                r->failed++;
            const int64_t number = stator_int(stator_result_item(result, 0), "n", -1);
            if (item == 0) first = number;
            if (number != first) r->fractures++;
            stator_result_free(result);
        }
    }
    return NULL;
}

static void test_fractures__are_seen_by_who_reads_one_by_one(void **state)
{
    (void)state;
    pthread_t writer;
    struct field *field = open_field("mem:");
    struct reader reader = {.field = field};
    make_field(field);
    field->until = served_clock_ns() + (int64_t)20 * 1000000000;
    assert_int_equal(pthread_create(&writer, NULL, run_writer, field), 0);
    (void)run_single_reader(&reader);
    field->until = -PATIENCE_S * 1000000000;
    assert_int_equal(pthread_join(writer, NULL), 0);
    assert_int_equal(reader.failed, 0);
    assert_true(reader.fractures > 0);
    stator_close(field->db);
    free(field);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fractures__are_not_seen_in_this_process),
        cmocka_unit_test(test_fractures__are_not_seen_over_http),
        cmocka_unit_test(test_fractures__are_not_seen_in_indexes_that_lag),
        cmocka_unit_test(test_fractures__are_seen_by_who_reads_one_by_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
