/* series.c -- samples of a device, a partition a day, and what they come to in an hour.
 *
 * A sample and its hour are written by one transaction, so an hour counts each sample once,
 * whatever is sent again. Count and Sum are added to; Min and Max need to be compared, and a
 * transaction cannot choose. So the update is made for what the hour is thought to be, and its
 * condition holds only if it is that:
 *
 *     within   Min <= v and Max >= v      Count, Sum             (what nearly all samples are)
 *     lower    Min > v                    Count, Sum, Min = v
 *     higher   Max < v                    Count, Sum, Max = v
 *     first    there is no hour           Count, Sum, Min = Max = v
 *
 * A refused one brings the hour as it is, which tells what it should have been. An hour's bounds
 * only move outwards: a sample within them stays within, so few rounds suffice.
 */
#include "patterns/common.h"

enum { PK_LEN = 1024, SK_LEN = 1056, DAY_LEN = 10, HOUR_LEN = 13, ROUNDS = 16, ATTRS = 11 };

enum fit { FIT_WITHIN, FIT_LOWER, FIT_HIGHER, FIT_FIRST };
enum { SAMPLE_ACTION = 0, HOUR_ACTION = 1 };

static bool is_set(const stator_series *series)
{
    return series != NULL && series->db != NULL && series->table != NULL;
}

/* "DEVICE#<device>#2024-01-31" of a time's text. */
static stator_val pk_of(const char *device, const char *time, char out[PK_LEN])
{
    return stator_sf_(out, PK_LEN, "DEVICE#%s#%.*s", device, DAY_LEN, time);
}

static stator_val hour_sk(const char *metric, const char *time, char out[SK_LEN])
{
    return stator_sf_(out, SK_LEN, "HOUR#%.*s#%s", HOUR_LEN, time, metric);
}

/* ---- recording */

struct recording {
    const stator_series *series;
    const stator_sample *sample;
    char time[STATOR_TS_LEN], now[STATOR_TS_LEN];
    char pk[PK_LEN], sk[SK_LEN], hour[SK_LEN];
};

static void add_sample(const struct recording *r, stator_tx *tx)
{
    const stator_sample *sample = r->sample;
    const int64_t ttl = r->series->ttl_us;
    const stator_val dimensions = stator_map(sample->dimensions, sample->dimension_count);
    const stator_val end = stator_i((sample->at_us + ttl) / STATOR_SECOND);
    const stator_attr attrs[ATTRS] = {
        {"PK",         stator_s(r->pk)                                         },
        {"SK",         stator_s(r->sk)                                         },
        {"EntityType", stator_s("METRIC")                                      },
        {"MetricName", stator_s(sample->metric)                                },
        {"Timestamp",  stator_s(r->time)                                       },
        {"Value",      sample->value                                           },
        {"Dimensions", sample->dimension_count > 0 ? dimensions : stator_skip()},
        {"CreatedAt",  stator_s(r->now)                                        },
        {"UpdatedAt",  stator_s(r->now)                                        },
        {"Version",    stator_i(1)                                             },
        {"ttl",        ttl > 0 ? end : stator_skip()                           },
    };
    const stator_write_opts opts = {
        .size = sizeof opts,
        .value = stator_map(attrs, ATTRS),
        .if_not_exists = true,
    };
    (void)stator_tx_put_(tx, r->series->table, &opts);
}

/* The condition of a fit; its parts stand in the caller's block. */
static stator_cond condition_of(enum fit fit, stator_val v, stator_cond both[2])
{
    switch (fit) {
    case FIT_WITHIN:
        both[0] = stator_le("Min", v);
        both[1] = stator_ge("Max", v);
        return stator_all(both, 2);
    case FIT_LOWER:
        return stator_gt("Min", v);
    case FIT_HIGHER:
        return stator_lt("Max", v);
    case FIT_FIRST:
        return stator_not_exists("PK");
    }
    return stator_never();
}

static void add_hour(const struct recording *r, enum fit fit, stator_tx *tx)
{
    stator_cond both[2];
    const stator_val v = r->sample->value;
    const bool is_min = fit == FIT_LOWER || fit == FIT_FIRST;
    const bool is_max = fit == FIT_HIGHER || fit == FIT_FIRST;
    const stator_write_opts opts = {
        .size = sizeof opts,
        .update = stator_updates(stator_add("Count", stator_i(1)), stator_add("Sum", v),
                                 stator_set("Min", is_min ? v : stator_skip()),
                                 stator_set("Max", is_max ? v : stator_skip()),
                                 stator_set("EntityType", stator_s("HOUR")),
                                 stator_set("MetricName", stator_s(r->sample->metric)),
                                 stator_set("UpdatedAt", stator_s(r->now))),
        .condition = condition_of(fit, v, both),
        .on_failure = STATOR_ALL_OLD,
    };
    (void)stator_tx_update_(tx, r->series->table,
                            STATOR_KEY({"PK", stator_s(r->pk)}, {"SK", stator_s(r->hour)}), &opts);
}

/* What the hour that refused says the value is to it. */
static stator_rc fit_of(const stator_node *hour, stator_val value, enum fit *out)
{
    bool is_lower = false, is_higher = false;
    *out = FIT_FIRST;
    if (hour == NULL) return STATOR_OK;
    stator_doc *copy = stator_doc_copy(hour);
    if (copy == NULL) return STATOR_E_NOMEM;
    const stator_node *node = stator_doc_node(copy);
    stator_rc rc = stator_cond_check(stator_gt("Min", value), node, &is_lower);
    if (rc == STATOR_OK) rc = stator_cond_check(stator_lt("Max", value), node, &is_higher);
    stator_doc_free(copy);
    *out = is_lower ? FIT_LOWER : is_higher ? FIT_HIGHER : FIT_WITHIN;
    return rc;
}

static bool is_refused(const stator_cancel_reason *reason)
{
    return common_is(reason->code, "ConditionalCheckFailed");
}

/* One transaction. STATOR_PARTIAL: *fit was wrong, and is corrected. */
static stator_rc try_fit(const struct recording *r, enum fit *fit)
{
    const stator_cancel_reason *reasons = NULL;
    stator_tx *tx = stator_tx_new(r->series->db);
    if (tx == NULL) return STATOR_E_NOMEM;
    add_sample(r, tx);
    add_hour(r, *fit, tx);
    stator_rc rc = stator_tx_commit(tx, NULL);
    if (rc == STATOR_CONDITION_FAILED && stator_tx_reasons(tx, &reasons) > HOUR_ACTION &&
        !is_refused(&reasons[SAMPLE_ACTION])) {
        rc = fit_of(reasons[HOUR_ACTION].item, r->sample->value, fit);
        if (rc == STATOR_OK) rc = STATOR_PARTIAL;
    }
    stator_tx_free(tx);
    return rc;
}

stator_rc stator_series_record(const stator_series *series, const stator_sample *sample)
{
    struct recording r = {.series = series, .sample = sample};
    enum fit fit = FIT_WITHIN;
    if (!is_set(series) || sample == NULL || sample->device == NULL || sample->metric == NULL)
        return common_misuse("stator_series_record");
    if (stator_rfc3339_frac(r.time, sample->at_us) == NULL)
        return stator_fail(STATOR_E_INVALID, "a sample's time is from 1970 to 9999");
    (void)stator_rfc3339_frac(r.now, stator_now(series->db));
    (void)pk_of(sample->device, r.time, r.pk);
    (void)hour_sk(sample->metric, r.time, r.hour);
    (void)stator_sf(r.sk, "METRIC#%s#%s", r.time, sample->metric);
    if (strlen(sample->device) + sizeof "DEVICE##2024-01-31" > sizeof r.pk ||
        strlen(sample->metric) + sizeof "METRIC##" + STATOR_TS_LEN > sizeof r.sk)
        return stator_fail(STATOR_E_INVALID, "the name of the device or metric is too long");
    for (int round = 0; round < ROUNDS; round++) {
        const stator_rc rc = try_fit(&r, &fit);
        if (rc != STATOR_PARTIAL) return rc;
    }
    return stator_fail(STATOR_E_CONFLICT, "the hour of the sample is changed too often");
}

/* ---- reading */

typedef stator_rc(sample_fn)(void *ud, const stator_node *sample);

static stator_rc give_all(stator_pager *pager, sample_fn *each, void *ud)
{
    const stator_node *item = NULL;
    stator_rc rc = STATOR_OK;
    while ((rc = stator_next(pager, &item)) == STATOR_OK) {
        rc = each(ud, item);
        if (rc != STATOR_OK) return rc;
    }
    return rc == STATOR_DONE ? STATOR_OK : rc;
}

static stator_rc read_day(const stator_series *series, const stator_series_range *range,
                          int64_t day_us, sample_fn *each, void *ud)
{
    char day[STATOR_TS_LEN], from[STATOR_TS_LEN], to[STATOR_TS_LEN];
    char pk[PK_LEN], low[SK_LEN], high[SK_LEN];
    stator_pager *pager = NULL;
    (void)stator_rfc3339_frac(day, day_us);
    (void)stator_rfc3339_frac(from, range->from_us);
    (void)stator_rfc3339_frac(to, range->to_us);
    stator_query_opts opts = {
        .size = sizeof opts,
        .key = stator_and(stator_eq("PK", pk_of(range->device, day, pk)),
                          stator_between("SK", stator_sf(low, "METRIC#%s", from),
                                         stator_sf(high, "METRIC#%s~", to))),
        .consistent = true,
    };
    if (range->metric != NULL) opts.filter = stator_eq("MetricName", stator_s(range->metric));
    stator_rc rc = stator_pager_query(series->db, series->table, &pager, &opts);
    if (rc == STATOR_OK) rc = give_all(pager, each, ud);
    stator_pager_free(pager);
    return rc;
}

stator_rc stator_series_read(const stator_series *series, const stator_series_range *range,
                             sample_fn *each, void *ud)
{
    char text[STATOR_TS_LEN];
    if (!is_set(series) || range == NULL || range->device == NULL || each == NULL)
        return common_misuse("stator_series_read");
    if (stator_rfc3339_frac(text, range->from_us) == NULL ||
        stator_rfc3339_frac(text, range->to_us) == NULL)
        return stator_fail(STATOR_E_INVALID, "a range's times are from 1970 to 9999");
    if (range->from_us > range->to_us) return STATOR_OK;
    const int64_t first = range->from_us - range->from_us % STATOR_DAY;
    for (int64_t day = first; day <= range->to_us; day += STATOR_DAY) {
        const stator_rc rc = read_day(series, range, day, each, ud);
        if (rc != STATOR_OK) return rc;
    }
    return STATOR_OK;
}

stator_rc stator_series_hour(const stator_series *series, const char *device, const char *metric,
                             int64_t at_us, stator_doc **out)
{
    char time[STATOR_TS_LEN], pk[PK_LEN], sk[SK_LEN];
    stator_result *result = NULL;
    if (out == NULL) return common_misuse("stator_series_hour");
    *out = NULL;
    if (!is_set(series) || device == NULL || metric == NULL)
        return common_misuse("stator_series_hour");
    if (stator_rfc3339_frac(time, at_us) == NULL)
        return stator_fail(STATOR_E_INVALID, "an hour is from 1970 to 9999");
    (void)hour_sk(metric, time, sk);
    const stator_rc rc =
        common_get(series->db, series->table, pk_of(device, time, pk), sk, &result);
    if (rc == STATOR_OK) return common_take(result, out);
    stator_result_free(result);
    return rc;
}
