/* instance.c -- see instance.h. */
#include "instance/instance.h"

#include <assert.h>

#define REGION "us-east-1"
#define ACCOUNT "000000000000"

enum { CACHE_BYTES = 64 << 20, EXPR_CACHE_BYTES = 2 << 20 };

struct instance {
    struct instance_options options; /* defaults filled in */
    struct store *store;
    struct engine *engine;
    struct api *api; /* or NULL */
};

static struct instance_options with_defaults(const struct instance_options *given)
{
    struct instance_options options = *given;
    if (options.cache_bytes == 0) options.cache_bytes = CACHE_BYTES;
    if (options.expr_cache_bytes == 0) options.expr_cache_bytes = EXPR_CACHE_BYTES;
    if (options.region == NULL) options.region = REGION;
    if (options.account == NULL) options.account = ACCOUNT;
    return options;
}

static status open_store(struct instance *instance, struct error *err)
{
    const struct instance_options *options = &instance->options;
    const struct store_options store = {
        .mem = options->mem,
        .dir = options->dir,
        .durability = options->durability,
        .cache_bytes = options->cache_bytes,
        .must_exist = options->must_exist,
        .past_ms = options->index_lag_ms,
        .os = options->os,
    };
    return store_open(&store, &instance->store, err);
}

static status open_engine(struct instance *instance, struct error *err)
{
    const struct instance_options *options = &instance->options;
    const struct engine_options engine = {
        .mem = options->mem,
        .os = options->os,
        .store = instance->store,
        .note = options->note,
        .note_ctx = options->note_ctx,
        .ttl_visibility = options->ttl_visibility,
        .sweep_every_ms = options->sweep_every_ms,
        .global_indexes_lag = options->index_lag_ms > 0,
        .enforce_throughput = options->enforce_throughput,
        .stream_shards = options->stream_shards,
        .stream_age_ms = options->stream_age_ms,
    };
    return engine_open(&engine, &instance->engine, err);
}

static status open_rooms(struct instance *instance, struct error *err)
{
    TRY(open_store(instance, err));
    TRY(open_engine(instance, err));
    if (instance->options.threads == 0) return ST_OK;
    return instance_api_open(instance, instance->options.threads, &instance->api, err);
}

status instance_open(const struct instance_options *options, struct instance **out,
                     struct error *err)
{
    assert(options->mem != NULL);
    assert(options->os != NULL);
    struct instance *instance = mem_new(options->mem, sizeof *instance);
    if (instance == NULL) return FAIL_PLAIN(err, ST_NO_MEMORY);
    instance->options = with_defaults(options);
    const status st = open_rooms(instance, err);
    if (st != ST_OK) {
        instance_close(instance);
        return st;
    }
    *out = instance;
    return ST_OK;
}

void instance_close(struct instance *instance)
{
    if (instance == NULL) return;
    if (instance->api != NULL) api_close(instance->api);
    if (instance->engine != NULL) engine_close(instance->engine);
    if (instance->store != NULL) store_close(instance->store);
    mem_free(instance->options.mem, instance, sizeof *instance);
}

struct store *instance_store(const struct instance *instance)
{
    return instance->store;
}

struct engine *instance_engine(const struct instance *instance)
{
    return instance->engine;
}

struct api *instance_api(const struct instance *instance)
{
    return instance->api;
}

status instance_api_open(struct instance *instance, unsigned threads, struct api **out,
                         struct error *err)
{
    const struct instance_options *options = &instance->options;
    const struct api_options api = {
        .mem = options->mem,
        .os = options->os,
        .engine = instance->engine,
        .threads = threads,
        .region = options->region,
        .account = options->account,
        .isolate = options->isolate,
        .expr_cache_bytes = options->expr_cache_bytes,
        .wording = options->wording,
    };
    return api_open(&api, out, err);
}
