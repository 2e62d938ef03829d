/* retry.c -- pauses and tokens.
 *
 *     pause n = min(initial * factor^n, max) * (1 + jitter * r),   r even in [-1, 1)
 *
 * Doubles are exact enough for pauses, and a factor of 1.8 is what people write.
 */
#include "client/retry.h"

#include <assert.h>

#include "auth/auth_date.h"

enum { US_PER_S = 1000000 };

const struct retry_policy retry_default = {
    .retries_max = 3,
    .initial_us = 100000,
    .max_us = 5000000,
    .factor = 2.0,
    .jitter = 0.25,
};
const struct retry_policy retry_none = {.factor = 1.0};

/* Microseconds that a double and an integer both have: 285 years. */
static const double DELAY_MAX = 0x1p53;

/* Even in [-1, 1): the upper 53 bits are all that a double holds. */
static double signed_unit(uint64_t random)
{
    return (double)(random >> 11) * 0x1p-52 - 1.0;
}

uint64_t retry_delay_us(const struct retry_policy *policy, unsigned index, uint64_t random)
{
    const double longest = (double)policy->max_us;
    double delay = (double)policy->initial_us;
    for (unsigned i = 0; i < index && delay < longest; i++) delay *= policy->factor;
    if (delay > longest) delay = longest;
    delay *= 1.0 + policy->jitter * signed_unit(random);
    if (delay >= DELAY_MAX) return (uint64_t)DELAY_MAX;
    return delay > 0 ? (uint64_t)delay : 0; /* 0 as well for what is no number */
}

/* delay-seconds := 1*DIGIT; as many as a day has, and no more: nobody waits longer. */
static bool read_seconds(struct span text, uint64_t *seconds)
{
    enum { DAY_SECONDS = 86400 };
    uint64_t sum = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9') return false;
        sum = sum * 10 + (uint64_t)(text.ptr[i] - '0');
        if (sum > DAY_SECONDS) sum = DAY_SECONDS;
    }
    *seconds = sum;
    return text.len > 0;
}

bool retry_after_read(struct span text, uint64_t now_s, uint64_t *delay_us)
{
    uint64_t seconds = 0;
    text = span_trim(text);
    if (!read_seconds(text, &seconds)) {
        uint64_t at_s = 0;
        if (!auth_date_read(text, &at_s)) return false;
        seconds = at_s > now_s ? at_s - now_s : 0;
    }
    *delay_us = seconds * US_PER_S;
    return true;
}

void retry_bucket_init(struct retry_bucket *bucket)
{
    mutex_init(&bucket->lock);
    bucket->tokens = RETRY_BUCKET_TOKENS;
}

void retry_bucket_deinit(struct retry_bucket *bucket)
{
    mutex_deinit(&bucket->lock);
}

bool retry_bucket_take(struct retry_bucket *bucket, unsigned cost)
{
    mutex_lock(&bucket->lock);
    assert(bucket->tokens <= RETRY_BUCKET_TOKENS);
    const bool has_enough = cost <= bucket->tokens;
    if (has_enough) bucket->tokens -= cost;
    mutex_unlock(&bucket->lock);
    return has_enough;
}

void retry_bucket_give(struct retry_bucket *bucket, unsigned tokens)
{
    mutex_lock(&bucket->lock);
    const unsigned room = RETRY_BUCKET_TOKENS - bucket->tokens;
    bucket->tokens += tokens < room ? tokens : room;
    mutex_unlock(&bucket->lock);
}
