/* serve_options.h -- the options of `stator serve`: the one table that help and manual follow. */
#ifndef STATOR_CMD_SERVE_OPTIONS_H
#define STATOR_CMD_SERVE_OPTIONS_H

#include "api/api.h"
#include "cmd/flags.h"
#include "cmd/log.h"
#include "engine/engine.h"
#include "store/store.h"

struct serve_options {
    const char *host;
    unsigned port;
    const char *unix_path;
    const char *data; /* NULL: not given */
    bool in_memory;
    unsigned durability; /* store_durability */
    unsigned cache_mb;
    unsigned loops; /* 0: not given */
    unsigned connections;
    unsigned buffer_mb;
    unsigned idle_timeout_s;
    unsigned request_timeout_s;
    unsigned reply_timeout_s;
    unsigned ttl_visibility; /* engine_ttl_visibility */
    unsigned gsi_lag_ms;
    const char *region;
    unsigned wording; /* api_wording */
    bool isolate;
    bool enforce_throughput;
    unsigned stream_shards;
    unsigned stream_minutes;
    unsigned log_level; /* log_level */
    bool wants_help;
};

/* The table, for the help. */
MUST_USE const struct flags *serve_options_flags(void);

/* Read the command line, defaults filled in; `data` is NULL exactly when in_memory. ST_VALIDATION:
 * `err` says what is wrong. */
MUST_USE status serve_options_parse(char *const *words, int count, struct serve_options *out,
                                    struct error *err);

#endif
