/* sensors.c -- a time series: samples by device and day, and what an hour comes to.
 *
 * usage: sensors [DATABASE]      "mem:" unless it is given
 *
 * A day of a device is one partition, and times are texts of one width, so that texts sort as
 * times: a range of time is one query a day. Each sample is counted in its hour by the same
 * transaction that stores it; a sample that is sent twice is stored and counted once. Sums are
 * exact decimals.
 *
 * Items: PK DEVICE#<device>#<day>, SK METRIC#<time>#<metric>   Value
 *        PK the same,              SK HOUR#<hour>#<metric>     Count, Sum, Min, Max
 */
#include <stator/stator.h>
#include <stdio.h>

static const char table[] = "sensors";
static const int64_t start_us = 1717279200 * STATOR_SECOND; /* 2024-06-01T22:00:00Z */

struct sample {
    const char *device, *metric, *value;
    int64_t at_us;
};

/* Keys of a time. Texts of a day and of an hour are the beginnings of its time's text. */
struct keys {
    char pk[64], sk[96], hour[64];
};

static void keys_of(struct keys *keys, const char *device, const char *metric, int64_t at_us)
{
    char at[STATOR_TS_LEN];
    stator_rfc3339_frac(at, at_us);
    snprintf(keys->pk, sizeof keys->pk, "DEVICE#%s#%.10s", device, at);
    snprintf(keys->sk, sizeof keys->sk, "METRIC#%s#%s", at, metric);
    snprintf(keys->hour, sizeof keys->hour, "HOUR#%.13s#%s", at, metric);
}

/* The sample and its part of the hour, both or neither. */
static stator_rc store(stator *db, const struct keys *keys, const struct sample *s)
{
    const stator_val value = stator_n(s->value);
    stator_tx *tx = stator_tx_new(db);
    stator_tx_put(
        tx, table,
        STATOR_M({"PK", stator_s(keys->pk)}, {"SK", stator_s(keys->sk)}, {"Value", value}),
        .if_not_exists = true);
    stator_tx_update(tx, table,
                     STATOR_KEY({"PK", stator_s(keys->pk)}, {"SK", stator_s(keys->hour)}),
                     stator_updates(stator_add("Count", stator_i(1)), stator_add("Sum", value)));
    const stator_rc rc = stator_tx_commit(tx, NULL);
    stator_tx_free(tx);
    return rc;
}

/* Move one end of the hour's range, if the sample lies beyond it. */
static stator_rc stretch(stator *db, const struct keys *keys, const char *end, stator_cond beyond,
                         const char *value)
{
    const stator_rc rc = stator_update(
        db, table, STATOR_KEY({"PK", stator_s(keys->pk)}, {"SK", stator_s(keys->hour)}),
        stator_set(end, stator_n(value)), .condition = stator_or(stator_not_exists(end), beyond));
    return rc == STATOR_CONDITION_FAILED ? STATOR_OK : rc; /* it lies within */
}

/* STATOR_CONDITION_FAILED: the metric has a sample at this time. The range is stretched then too:
 * who sends a sample again may have died before that. */
static stator_rc record(stator *db, const struct sample *s)
{
    struct keys keys;
    keys_of(&keys, s->device, s->metric, s->at_us);
    const stator_rc stored = store(db, &keys, s);
    if (stored < 0) return stored;
    stator_rc rc = stretch(db, &keys, "Min", stator_gt("Min", stator_n(s->value)), s->value);
    if (rc == STATOR_OK)
        rc = stretch(db, &keys, "Max", stator_lt("Max", stator_n(s->value)), s->value);
    return rc < 0 ? rc : stored;
}

/* One day's samples from `from` to `to`, both included. */
static stator_rc show_day(stator *db, const struct keys *from, const struct keys *to)
{
    stator_pager *samples;
    const stator_node *sample;
    stator_rc rc =
        stator_each_query(db, table, &samples,
                          stator_and(stator_eq("PK", stator_s(from->pk)),
                                     stator_between("SK", stator_s(from->sk), stator_s(to->sk))),
                          .select = "SK, Value");
    while (rc == STATOR_OK && (rc = stator_next(samples, &sample)) == STATOR_OK)
        printf("  %s %s\n", stator_str(sample, "SK"), stator_num(sample, "Value"));
    stator_pager_free(samples);
    return rc == STATOR_DONE ? STATOR_OK : rc;
}

/* Samples of a range that may begin on one day and end on another. */
static stator_rc show_range(stator *db, const char *device, int64_t from_us, int64_t to_us)
{
    stator_rc rc = STATOR_OK;
    for (int64_t at = from_us; at <= to_us && rc == STATOR_OK;) {
        struct keys from, to;
        const int64_t midnight = at - at % STATOR_DAY + STATOR_DAY;
        keys_of(&from, device, "", at);
        keys_of(&to, device, "~", to_us < midnight ? to_us : midnight - 1);
        rc = show_day(db, &from, &to);
        at = midnight;
    }
    return rc;
}

static stator_rc show_hour(stator *db, const char *device, const char *metric, int64_t at_us)
{
    struct keys keys;
    keys_of(&keys, device, metric, at_us);
    stator_result *hour;
    const char *count, *sum, *min, *max;
    stator_rc rc = stator_get(db, table, &hour,
                              STATOR_KEY({"PK", stator_s(keys.pk)}, {"SK", stator_s(keys.hour)}));
    if (rc == STATOR_OK)
        rc = stator_unpack(stator_result_item(hour, 0), "Count:n, Sum:n, Min:n, Max:n", &count,
                           &sum, &min, &max);
    if (rc == STATOR_OK)
        printf("  %s: %s samples, sum %s, from %s to %s\n", keys.hour, count, sum, min, max);
    stator_result_free(hour);
    return rc;
}

static stator_rc run(stator *db)
{
    static const char *const values[] = {"21.50", "21.7", "20.15", "0.1", "0.2", "-3"};
    struct sample s = {.device = "door", .metric = "temp"};
    stator_rc rc = STATOR_OK;
    for (int i = 0; i < 6 && rc >= 0; i++) {
        s.value = values[i];
        s.at_us = start_us + i * 30 * STATOR_MINUTE;
        rc = record(db, &s);
    }
    if (rc >= 0) rc = record(db, &s);
    if (rc < 0) return rc;
    printf("the last one again: %s\n", rc == STATOR_OK ? "stored" : "it is there");

    puts("from 22:30 to 00:00");
    rc = show_range(db, "door", start_us + 30 * STATOR_MINUTE, start_us + 2 * STATOR_HOUR);
    puts("by hour");
    for (int64_t hour = 0; hour < 3 && rc == STATOR_OK; hour++)
        rc = show_hour(db, "door", "temp", start_us + hour * STATOR_HOUR);
    return rc;
}

int main(int argc, char **argv)
{
    stator *db;
    stator_rc rc = stator_open(argc > 1 ? argv[1] : "mem:", NULL, &db);
    if (rc == STATOR_OK) rc = stator_create_table(db, .name = table, .key = "PK:S, SK:S");
    if (rc == STATOR_OK) rc = run(db);
    if (rc == STATOR_OK) rc = stator_delete_table(db, table);
    if (rc != STATOR_OK) fprintf(stderr, "%s\n", stator_error_get()->message);
    stator_close(db);
    return rc != STATOR_OK;
}
