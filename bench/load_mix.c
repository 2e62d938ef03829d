/* load_mix.c -- see load_mix.h.
 *
 * The shares are those of an application that keeps jobs or sessions: somewhat more than half of
 * its requests read, writes are of single items mostly, and some of those expire. Of 100 requests
 * 45 write, about 155 items. Deletes take a random item away that some later put brings back, so at
 * any time one item in twenty is missing: that is how many conditions are refused.
 */
#include "load_mix.h"

static const struct {
    const char *name;
    load_op op;
    unsigned share;
} all[] = {
    {"get",      LOAD_GET,            45},
    {"query",    LOAD_QUERY,          6 },
    {"index",    LOAD_MIXED_QUERY,    4 },
    {"put",      LOAD_MIXED_PUT,      14},
    {"expiring", LOAD_MIXED_EXPIRING, 4 },
    {"update",   LOAD_UPDATE,         14},
    {"delete",   LOAD_MIXED_DELETE,   7 },
    {"batch",    LOAD_MIXED_BATCH,    3 },
    {"transact", LOAD_MIXED_TRANSACT, 3 },
};
static_assert(ARRAY_COUNT(all) <= LOAD_MIX_KINDS_MAX, "every kind has a place");

static bool add(struct load_mix *mix, const char *name, load_op op, unsigned share,
                const struct load_request_options *options)
{
    struct load_kind *kind = &mix->kinds[mix->count];
    *kind = (struct load_kind){.name = name, .share = share};
    if (!load_request_init(&kind->request, op, options)) return false;
    mix->count++;
    mix->share_sum += share;
    return true;
}

bool load_mix_init_one(struct load_mix *mix, load_op op, const struct load_request_options *options)
{
    *mix = (struct load_mix){0};
    return add(mix, "all", op, 1, options);
}

bool load_mix_init_all(struct load_mix *mix, const struct load_request_options *options)
{
    *mix = (struct load_mix){0};
    for (size_t i = 0; i < ARRAY_COUNT(all); i++) {
        if (add(mix, all[i].name, all[i].op, all[i].share, options)) continue;
        load_mix_deinit(mix);
        return false;
    }
    return true;
}

void load_mix_deinit(struct load_mix *mix)
{
    for (size_t i = 0; i < mix->count; i++) load_request_deinit(&mix->kinds[i].request);
    *mix = (struct load_mix){0};
}

size_t load_mix_pick(const struct load_mix *mix, uint64_t random)
{
    uint64_t place = random % mix->share_sum;
    size_t i = 0;
    for (; place >= mix->kinds[i].share; i++) place -= mix->kinds[i].share;
    return i;
}
