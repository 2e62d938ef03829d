/* series_test.c -- samples in order over days, and what they come to in an hour, exactly. */
#include <stdio.h>

#include "patterns/place.h"

static stator_series series_of(struct place *place)
{
    return (stator_series){.db = place->db, .table = place->table};
}

static int64_t at(const char *text)
{
    int64_t us = 0;
    place_check(stator_rfc3339_parse(text, &us), STATOR_OK);
    return us;
}

static stator_rc record(const stator_series *series, const char *metric, const char *value,
                        int64_t at_us)
{
    const stator_sample sample = {
        .device = "d1",
        .metric = metric,
        .value = stator_n(value),
        .at_us = at_us,
    };
    return stator_series_record(series, &sample);
}

struct listing {
    char text[512];
};

static stator_rc list(void *ud, const stator_node *sample)
{
    struct listing *listing = ud;
    const size_t len = strlen(listing->text);
    (void)snprintf(listing->text + len, sizeof listing->text - len, "%s%s=%s", len > 0 ? " " : "",
                   stator_str(sample, "MetricName"), stator_num(sample, "Value"));
    return STATOR_OK;
}

static void check_range(const stator_series *series, const char *metric, const char *from,
                        const char *to, const char *expected)
{
    struct listing listing = {""};
    const stator_series_range range = {
        .device = "d1",
        .metric = metric,
        .from_us = at(from),
        .to_us = at(to),
    };
    place_check(stator_series_read(series, &range, list, &listing), STATOR_OK);
    assert_string_equal(listing.text, expected);
}

static void test_series__samples_come_in_order_across_days(void **state)
{
    struct place *place = *state;
    const stator_series series = series_of(place);
    static const char *const times[] = {
        "2024-02-28T23:59:59.999999Z", "2024-02-29T00:00:00Z", "2024-02-29T12:00:00Z",
        "2024-02-29T23:59:59Z",        "2024-03-01T00:00:00Z", "2024-03-01T00:00:01Z",
    };
    char value[24];
    for (size_t i = ARRAY_COUNT(times); i-- > 0;) {
        (void)snprintf(value, sizeof value, "%zu", i);
        place_check(record(&series, "t", value, at(times[i])), STATOR_OK);
    }
    place_check(record(&series, "h", "9", at(times[2])), STATOR_OK);

    /* within a day; over the leap day; to midnight, which belongs to it; an instant; nothing */
    check_range(&series, NULL, "2024-02-29T10:00:00Z", "2024-02-29T14:00:00Z", "h=9 t=2");
    check_range(&series, NULL, "2024-02-28T00:00:00Z", "2024-03-02T00:00:00Z",
                "t=0 t=1 h=9 t=2 t=3 t=4 t=5");
    check_range(&series, "t", "2024-02-29T00:00:00Z", "2024-03-01T00:00:00Z", "t=1 t=2 t=3 t=4");
    check_range(&series, "h", "2024-01-01T00:00:00Z", "2024-03-01T00:00:00Z", "h=9");
    check_range(&series, "t", "2024-02-29T12:00:00Z", "2024-02-29T12:00:00Z", "t=2");
    check_range(&series, NULL, "2024-03-01T00:00:00Z", "2024-02-29T00:00:00Z", "");
    check_range(&series, NULL, "2024-02-29T14:00:00Z", "2024-02-29T10:00:00Z", "");
    check_range(&series, NULL, "2024-04-01T00:00:00Z", "2024-04-03T00:00:00Z", "");
    check_range(&series, "none", "2024-02-28T00:00:00Z", "2024-03-02T00:00:00Z", "");
}

static void test_series__a_metric_has_one_sample_at_a_time(void **state)
{
    struct place *place = *state;
    const stator_series series = series_of(place);
    const int64_t when = at("2024-01-01T00:00:00Z");
    stator_doc *hour = NULL;
    place_check(record(&series, "t", "1", when), STATOR_OK);
    place_check(record(&series, "t", "2", when), STATOR_CONDITION_FAILED);
    place_check(record(&series, "h", "3", when), STATOR_OK);
    check_range(&series, NULL, "2024-01-01T00:00:00Z", "2024-01-01T00:00:00Z", "h=3 t=1");
    place_check(stator_series_hour(&series, "d1", "t", when, &hour), STATOR_OK);
    assert_int_equal(stator_int(stator_doc_node(hour), "Count", 0), 1);
    stator_doc_free(hour);
}

struct hour {
    const char *count, *sum, *min, *max;
};

static void check_hour(const stator_series *series, int64_t when, struct hour expected)
{
    stator_doc *hour = NULL;
    place_check(stator_series_hour(series, "d1", "t", when, &hour), STATOR_OK);
    const stator_node *node = stator_doc_node(hour);
    assert_string_equal(stator_num(node, "Count"), expected.count);
    assert_string_equal(stator_num(node, "Sum"), expected.sum);
    assert_string_equal(stator_num(node, "Min"), expected.min);
    assert_string_equal(stator_num(node, "Max"), expected.max);
    stator_doc_free(hour);
}

static void test_series__an_hour_is_exact(void **state)
{
    struct place *place = *state;
    const stator_series series = series_of(place);
    const int64_t hour = at("2024-01-01T10:00:00Z");
    stator_doc *none = NULL;
    place_check(record(&series, "t", "0.1", hour), STATOR_OK);
    check_hour(&series, hour + STATOR_MINUTE, (struct hour){"1", "0.1", "0.1", "0.1"});
    place_check(record(&series, "t", "0.2", hour + 1), STATOR_OK); /* higher */
    check_hour(&series, hour, (struct hour){"2", "0.3", "0.1", "0.2"});
    place_check(record(&series, "t", "-5", hour + 2), STATOR_OK);   /* lower */
    place_check(record(&series, "t", "0.15", hour + 3), STATOR_OK); /* within */
    place_check(record(&series, "t", "12345678901234567890.5", hour + STATOR_HOUR - 1), STATOR_OK);
    check_hour(&series, hour,
               (struct hour){"5", "12345678901234567885.95", "-5", "12345678901234567890.5"});
    place_check(record(&series, "t", "7", hour + STATOR_HOUR), STATOR_OK);
    check_hour(&series, hour + STATOR_HOUR, (struct hour){"1", "7", "7", "7"});
    place_check(stator_series_hour(&series, "d1", "t", hour - 1, &none), STATOR_NOT_FOUND);
    assert_null(none);
}

enum { RECORDERS = 4, EACH = 10 };

struct race {
    stator_series series;
    int64_t begin;
    stator_rc rcs[PLACE_THREADS_MAX];
};

static void record_some(void *ud, int i)
{
    struct race *race = ud;
    char value[16];
    for (int n = 0; n < EACH && race->rcs[i] == STATOR_OK; n++) {
        const int number = i * EACH + n;
        (void)snprintf(value, sizeof value, "%d.5", number);
        race->rcs[i] = record(&race->series, "t", value, race->begin + number);
        if (stator_rc_class(race->rcs[i]) == STATOR_CLASS_RETRY) {
            race->rcs[i] = STATOR_OK;
            n--;
        } else if (race->rcs[i] == STATOR_E_TX_CANCELED) {
            race->rcs[i] = STATOR_OK;
            n--;
        }
    }
    stator_thread_end();
}

static void test_series__recorders_that_race_count_every_sample_once(void **state)
{
    struct place *place = *state;
    struct race race = {.series = series_of(place), .begin = at("2024-01-01T10:00:00Z")};
    place_race(RECORDERS, record_some, &race);
    for (int i = 0; i < RECORDERS; i++) assert_int_equal(race.rcs[i], STATOR_OK);
    check_hour(&race.series, race.begin,
               (struct hour){"40", "800", "0.5", "39.5"}); /* 0.5 + 1.5 + … + 39.5 */
    assert_int_equal(place_count(place), RECORDERS * EACH + 1);
}

static void test_series__a_sample_has_dimensions_and_a_time_to_live(void **state)
{
    struct place *place = *state;
    stator_series series = series_of(place);
    const stator_attr dimensions[] = {
        {"room", stator_s("kitchen")},
        {"unit", stator_s("C")      },
    };
    const stator_sample sample = {
        .device = "d1",
        .metric = "t",
        .value = stator_d(21.5),
        .at_us = stator_now(place->db),
        .dimensions = dimensions,
        .dimension_count = 2,
    };
    series.ttl_us = 30 * STATOR_DAY;
    place_check(stator_series_record(&series, &sample), STATOR_OK);
    stator_pager *pager = NULL;
    const stator_node *item = NULL;
    place_check(stator_each_scan(place->db, &pager, place->table,
                                 .filter = stator_eq("EntityType", stator_s("METRIC"))),
                STATOR_OK);
    place_check(stator_next(pager, &item), STATOR_OK);
    assert_string_equal(stator_str(item, "Dimensions.room"), "kitchen");
    assert_string_equal(stator_num(item, "Value"), "21.5");
    assert_int_equal(stator_int(item, "Version", 0), 1);
    assert_int_equal(stator_int(item, "ttl", 0), (sample.at_us + 30 * STATOR_DAY) / STATOR_SECOND);
    assert_int_equal(strlen(stator_str(item, "Timestamp")), strlen("2024-01-01T00:00:00.0000000Z"));
    stator_pager_free(pager);
}

static stator_rc stop(void *ud, const stator_node *sample)
{
    (void)sample;
    return --*(int *)ud > 0 ? STATOR_OK : STATOR_DONE;
}

static void test_series__who_reads_may_stop(void **state)
{
    struct place *place = *state;
    const stator_series series = series_of(place);
    const int64_t when = at("2024-01-01T00:00:00Z");
    const stator_series_range range = {.device = "d1", .from_us = when, .to_us = when + 100};
    int left = 2;
    for (int64_t i = 0; i < 5; i++) place_check(record(&series, "t", "1", when + i), STATOR_OK);
    place_check(stator_series_read(&series, &range, stop, &left), STATOR_DONE);
    assert_int_equal(left, 0);
}

static void test_series__bad_use_is_told(void **state)
{
    struct place *place = *state;
    const stator_series series = series_of(place);
    const stator_series_range range = {.device = "d1", .from_us = -1, .to_us = 1};
    char name[3000];
    memset(name, 'n', sizeof name);
    name[sizeof name - 1] = '\0';
    place_check(record(&series, "t", "1", -1), STATOR_E_INVALID);
    place_check(record(&series, name, "1", 1), STATOR_E_INVALID);
    place_check(record(&series, "t", "one", 1), STATOR_E_INVALID);
    place_check(record(&series, NULL, "1", 1), STATOR_E_MISUSE);
    place_check(stator_series_read(&series, &range, list, NULL), STATOR_E_INVALID);
    place_check(stator_series_read(&series, &range, NULL, NULL), STATOR_E_MISUSE);
    assert_int_equal(place_count(place), 0);
}

#define IN_PLACE(test) cmocka_unit_test_setup_teardown(test, place_setup_single, place_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_PLACE(test_series__samples_come_in_order_across_days),
        IN_PLACE(test_series__a_metric_has_one_sample_at_a_time),
        IN_PLACE(test_series__an_hour_is_exact),
        IN_PLACE(test_series__recorders_that_race_count_every_sample_once),
        IN_PLACE(test_series__a_sample_has_dimensions_and_a_time_to_live),
        IN_PLACE(test_series__who_reads_may_stop),
        IN_PLACE(test_series__bad_use_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
