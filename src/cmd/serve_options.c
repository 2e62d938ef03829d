/* serve_options.c -- see serve_options.h. */
#include "cmd/serve_options.h"

#include <unistd.h>

#include "base/limits.h"

enum {
    CACHE_MB_MAX = 1 << 20,
    CONNECTIONS_MAX = 1 << 20,
    TIMEOUT_S_MAX = 24 * 60 * 60,
    STREAM_MINUTES_MAX = 366 * 24 * 60,
};

#define AT(field) offsetof(struct serve_options, field)

/* clang-format off */
static const struct flag table[] = {
    {"--host", "NAME", "address or host name to listen on", "127.0.0.1",
     FLAG_TEXT, AT(host), 0, 0, {NULL}},
    {"--port", "N", "TCP port; 0 takes any free one", "8000",
     FLAG_NUMBER, AT(port), 0, UINT16_MAX, {NULL}},
    {"--unix", "PATH", "listen on a unix socket as well", NULL,
     FLAG_TEXT, AT(unix_path), 0, 0, {NULL}},
    {"--data", "DIR", "where tables are kept; made when missing", "./stator-data",
     FLAG_TEXT, AT(data), 0, 0, {NULL}},
    {"--memory", NULL, "keep tables in memory only", NULL,
     FLAG_SWITCH, AT(in_memory), 0, 0, {NULL}},
    {"--durability", "sync|relaxed",
     "when a write is acknowledged: on disk, or with the system", "sync",
     FLAG_CHOICE, AT(durability), 0, 0, {[STORE_SYNC] = "sync", [STORE_RELAXED] = "relaxed"}},
    {"--cache-mb", "N", "memory for cached and unwritten data, in MiB", "256",
     FLAG_NUMBER, AT(cache_mb), 1, CACHE_MB_MAX, {NULL}},
    {"--loops", "N", "threads that serve connections", "one for each processor",
     FLAG_NUMBER, AT(loops), 1, LIMIT_HTTP_LOOPS, {NULL}},
    {"--connections", "N", "clients at a time; beyond, one that is idle or slow has to go", "16384",
     FLAG_NUMBER, AT(connections), 1, CONNECTIONS_MAX, {NULL}},
    {"--buffer-mb", "N", "memory for large requests and unread replies of all clients, in MiB",
     "512", FLAG_NUMBER, AT(buffer_mb), 1, CACHE_MB_MAX, {NULL}},
    {"--idle-timeout", "S", "seconds until a connection without a request is closed", "300",
     FLAG_NUMBER, AT(idle_timeout_s), 1, TIMEOUT_S_MAX, {NULL}},
    {"--request-timeout", "S", "seconds from a request's first byte to its last", "30",
     FLAG_NUMBER, AT(request_timeout_s), 1, TIMEOUT_S_MAX, {NULL}},
    {"--reply-timeout", "S", "seconds until a reply of which nothing is read is given up", "30",
     FLAG_NUMBER, AT(reply_timeout_s), 1, TIMEOUT_S_MAX, {NULL}},
    {"--ttl-visibility", "instant|lazy",
     "when an expired item is gone: at once, or when it was deleted", "instant",
     FLAG_CHOICE, AT(ttl_visibility), 0, 0,
     {[ENGINE_TTL_INSTANT] = "instant", [ENGINE_TTL_LAZY] = "lazy"}},
    {"--gsi-lag", "MS", "how late global indexes show what was written, in milliseconds", "0",
     FLAG_NUMBER, AT(gsi_lag_ms), 0, LIMIT_INDEX_LAG_MS, {NULL}},
    {"--region", "NAME", "region in the names of resources", "us-east-1",
     FLAG_TEXT, AT(region), 0, 0, {NULL}},
    {"--wording", "classic|current",
     "sentences of mistakes: DynamoDB's until 2026-06, or most regions' since", "classic",
     FLAG_CHOICE, AT(wording), 0, 0,
     {[API_WORDING_CLASSIC] = "classic", [API_WORDING_CURRENT] = "current"}},
    {"--isolate", NULL, "keep the tables of each access key and region apart", NULL,
     FLAG_SWITCH, AT(isolate), 0, 0, {NULL}},
    {"--enforce-throughput", NULL, "refuse what tables have no throughput for", NULL,
     FLAG_SWITCH, AT(enforce_throughput), 0, 0, {NULL}},
    {"--stream-shards", "N", "open shards of each stream", "1",
     FLAG_NUMBER, AT(stream_shards), 1, LIMIT_STREAM_SHARDS, {NULL}},
    {"--stream-minutes", "N", "how long new streams keep their records", "1440",
     FLAG_NUMBER, AT(stream_minutes), 1, STREAM_MINUTES_MAX, {NULL}},
    {"--log-level", "error|warn|info|debug", "how much is told on stderr", "info",
     FLAG_CHOICE, AT(log_level), 0, 0,
     {[LOG_LEVEL_ERROR] = "error", [LOG_LEVEL_WARN] = "warn",
      [LOG_LEVEL_INFO] = "info", [LOG_LEVEL_DEBUG] = "debug"}},
    {"--help", NULL, "this text", NULL,
     FLAG_SWITCH, AT(wants_help), 0, 0, {NULL}},
};
/* clang-format on */

static const struct flags flags = {"stator serve", table, ARRAY_COUNT(table)};

const struct flags *serve_options_flags(void)
{
    return &flags;
}

static unsigned loops_for_processors(void)
{
    const long count = sysconf(_SC_NPROCESSORS_ONLN);
    if (count < 1) return 1;
    return count > LIMIT_HTTP_LOOPS ? LIMIT_HTTP_LOOPS : (unsigned)count;
}

status serve_options_parse(char *const *words, int count, struct serve_options *out,
                           struct error *err)
{
    struct serve_options options = {
        .host = "127.0.0.1",
        .port = 8000,
        .durability = STORE_SYNC,
        .cache_mb = 256,
        .connections = 16384,
        .buffer_mb = 512,
        .idle_timeout_s = 300,
        .request_timeout_s = 30,
        .reply_timeout_s = 30,
        .ttl_visibility = ENGINE_TTL_INSTANT,
        .region = "us-east-1",
        .wording = API_WORDING_CLASSIC,
        .stream_shards = 1,
        .stream_minutes = 24 * 60,
        .log_level = LOG_LEVEL_INFO,
    };
    TRY(flags_parse(&flags, words, count, &options, err));
    if (options.in_memory && options.data != NULL)
        return FAIL(err, ST_VALIDATION, "stator serve: --data and --memory exclude each other");
    if (!options.in_memory && options.data == NULL) options.data = "./stator-data";
    if (options.loops == 0) options.loops = loops_for_processors();
    *out = options;
    return ST_OK;
}
