/* shards.c -- one busy key as several: writes go to any of them, reads join them again.
 *
 * Which shard an id belongs to is the FNV-1a hash of its bytes modulo the count: it stays what it
 * is in every version, on every machine. The sort key is DATA# and the time in units of 100 ns
 * since the year 1; a write that meets another one of the same moment takes the next unit.
 */
#include <stdio.h>

#include "patterns/common.h"

enum { COUNT_USUAL = 10, PK_LEN = 1024, SK_LEN = 32, TRIES = 64, ATTRS_MAX = 100, OWN_ATTRS = 3 };

static const uint64_t fnv_basis = 14695981039346656037U;
static const uint64_t fnv_prime = 1099511628211U;
static const int64_t ticks_of_1970 = INT64_C(621355968000000000);

static int count_of(const stator_shards *shards)
{
    return shards->count != 0 ? shards->count : COUNT_USUAL;
}

static bool is_set(const stator_shards *shards)
{
    return shards != NULL && shards->db != NULL && shards->table != NULL && shards->base != NULL &&
           count_of(shards) > 0 && count_of(shards) <= STATOR_SHARDS_MAX;
}

static uint64_t hash_of(const char *id)
{
    uint64_t hash = fnv_basis;
    for (; *id != '\0'; id++) hash = (hash ^ (unsigned char)*id) * fnv_prime;
    return hash;
}

/* ---- writing */

char *stator_shards_key(const stator_shards *shards, const char *id, char *out, size_t size)
{
    if (out == NULL || size == 0) return NULL;
    out[0] = '\0';
    if (!is_set(shards)) return NULL;
    const uint64_t any = id != NULL ? hash_of(id) : stator_random(shards->db);
    const int len =
        snprintf(out, size, "%s#%d", shards->base, (int)(any % (uint64_t)count_of(shards)));
    if (len >= 0 && (size_t)len < size) return out;
    out[0] = '\0';
    return NULL;
}

/* Put the item at the first moment from now on that is free in its shard. */
static stator_rc put(const stator_shards *shards, stator_attr *attrs, size_t count,
                     const char *token)
{
    char sk[SK_LEN];
    stator_rc rc = STATOR_OK;
    const int64_t ticks = stator_now(shards->db) * 10 + ticks_of_1970;
    for (int i = 0; i < TRIES; i++) {
        attrs[1].value = stator_sf(sk, "DATA#%018lld", (long long)(ticks + i));
        const stator_write_opts opts = {
            .size = sizeof opts,
            .value = stator_map(attrs, count),
            .if_not_exists = true,
            .on_failure = STATOR_ALL_OLD,
        };
        rc = stator_put_item(shards->db, shards->table, &opts);
        if (rc != STATOR_CONDITION_FAILED) return rc;
        if (common_is(stator_str(stator_error_get()->item, "token"), token)) return STATOR_OK;
    }
    return rc;
}

stator_rc stator_shards_write(const stator_shards *shards, const char *id,
                              const stator_attr *attributes, size_t count)
{
    char pk[PK_LEN], token[STATOR_UUID_LEN];
    stator_attr attrs[OWN_ATTRS + ATTRS_MAX];
    if (!is_set(shards) || (attributes == NULL && count > 0))
        return common_misuse("stator_shards_write");
    if (count > ATTRS_MAX)
        return stator_fail(STATOR_E_INVALID, "an item of a shard has at most %d attributes",
                           ATTRS_MAX);
    attrs[0] = (stator_attr){"PK", stator_s(stator_shards_key(shards, id, pk, sizeof pk))};
    attrs[1] = (stator_attr){"SK", stator_skip()};
    attrs[2] = (stator_attr){"token", stator_s(stator_uuid4(shards->db, token))};
    for (size_t i = 0; i < count; i++) attrs[OWN_ATTRS + i] = attributes[i];
    return put(shards, attrs, OWN_ATTRS + count, token);
}

/* ---- reading: each shard's pager has one item at hand, and the first of them is given */

struct lane {
    stator_pager *pager;
    const stator_node *item; /* NULL: at its end */
};

static stator_rc step(struct lane *lane)
{
    const stator_rc rc = stator_next(lane->pager, &lane->item);
    if (rc == STATOR_OK) return STATOR_OK;
    lane->item = NULL;
    return rc == STATOR_DONE ? STATOR_OK : rc;
}

static stator_rc open_lane(const stator_shards *shards, const stator_query_opts *opts, int shard,
                           struct lane *lane)
{
    char pk[PK_LEN];
    stator_cond both[2];
    stator_query_opts own = {.size = sizeof own};
    if (opts != NULL) memcpy(&own, opts, opts->size < sizeof own ? opts->size : sizeof own);
    own.size = sizeof own;
    both[0] = stator_eq("PK", stator_sf(pk, "%s#%d", shards->base, shard));
    both[1] = own.key;
    own.key = own.key.op == STATOR_C_NONE ? both[0] : stator_all(both, ARRAY_COUNT(both));
    own.max_items = 0; /* of the whole: merge counts */
    const stator_rc rc = stator_pager_query(shards->db, shards->table, &lane->pager, &own);
    return rc == STATOR_OK ? step(lane) : rc;
}

/* Does `a` come before `b`, where neither is at its end? */
static bool precedes(const struct lane *a, const struct lane *b, bool descending)
{
    bool comparable = false;
    const int order =
        stator_compare(stator_at(a->item, "SK"), stator_at(b->item, "SK"), &comparable);
    return descending ? order > 0 : order < 0;
}

static struct lane *first_of(struct lane *lanes, int count, bool descending)
{
    struct lane *first = NULL;
    for (int i = 0; i < count; i++) {
        if (lanes[i].item == NULL) continue;
        if (first == NULL || precedes(&lanes[i], first, descending)) first = &lanes[i];
    }
    return first;
}

typedef stator_rc(shard_fn)(void *ud, int shard, const stator_node *item);

static stator_rc merge(struct lane *lanes, int count, const stator_query_opts *opts, shard_fn *each,
                       void *ud)
{
    const bool descending = opts != NULL && opts->descending;
    const int max = opts != NULL ? opts->max_items : 0;
    struct lane *lane = NULL;
    for (int given = 0; max == 0 || given < max; given++) {
        lane = first_of(lanes, count, descending);
        if (lane == NULL) return STATOR_OK;
        stator_rc rc = each(ud, (int)(lane - lanes), lane->item);
        if (rc == STATOR_OK) rc = step(lane);
        if (rc != STATOR_OK) return rc;
    }
    return STATOR_OK;
}

stator_rc stator_shards_read(const stator_shards *shards, const stator_query_opts *opts,
                             shard_fn *each, void *ud)
{
    struct lane lanes[STATOR_SHARDS_MAX] = {
        {NULL, NULL}
    };
    stator_rc rc = STATOR_OK;
    if (!is_set(shards) || each == NULL) return common_misuse("stator_shards_read");
    const int count = count_of(shards);
    for (int i = 0; i < count && rc == STATOR_OK; i++) rc = open_lane(shards, opts, i, &lanes[i]);
    if (rc == STATOR_OK) rc = merge(lanes, count, opts, each, ud);
    for (int i = 0; i < count; i++) stator_pager_free(lanes[i].pager);
    return rc;
}
