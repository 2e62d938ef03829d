/* load_options.c -- see load_options.h. */
#include "load_options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct load_options_op ops[] = {
    {"create",          LOAD_CREATE,          LOAD_OPTIONS_CREATES},
    {"create-indexed",  LOAD_CREATE_INDEXED,  LOAD_OPTIONS_CREATES},
    {"create-streamed", LOAD_CREATE_STREAMED, LOAD_OPTIONS_CREATES},
    {"create-mixed",    LOAD_CREATE_MIXED,    LOAD_OPTIONS_CREATES},
    {"load",            LOAD_LOAD,            LOAD_OPTIONS_LOADS  },
    {"load-batched",    LOAD_BATCH,           LOAD_OPTIONS_LOADS  },
    {"load-indexed",    LOAD_LOAD_INDEXED,    LOAD_OPTIONS_LOADS  },
    {"load-streamed",   LOAD_LOAD,            LOAD_OPTIONS_LOADS  },
    {"load-mixed",      LOAD_LOAD_MIXED,      LOAD_OPTIONS_LOADS  },
    {"get",             LOAD_GET,             LOAD_OPTIONS_TIMED  },
    {"put",             LOAD_PUT,             LOAD_OPTIONS_TIMED  },
    {"put-indexed",     LOAD_PUT_INDEXED,     LOAD_OPTIONS_TIMED  },
    {"put-streamed",    LOAD_PUT,             LOAD_OPTIONS_TIMED  },
    {"records",         LOAD_RECORDS,         LOAD_OPTIONS_TIMED  },
    {"update",          LOAD_UPDATE,          LOAD_OPTIONS_TIMED  },
    {"query",           LOAD_QUERY,           LOAD_OPTIONS_TIMED  },
    {"scan",            LOAD_SCAN,            LOAD_OPTIONS_TIMED  },
    {"batch",           LOAD_BATCH,           LOAD_OPTIONS_TIMED  },
    {"transact",        LOAD_TRANSACT,        LOAD_OPTIONS_TIMED  },
    {"fixed",           LOAD_FIXED,           LOAD_OPTIONS_TIMED  },
    {"mixed",           LOAD_GET,             LOAD_OPTIONS_MIXED  },
};

static bool read_number(const char *text, unsigned *out)
{
    char *end = NULL;
    errno = 0;
    const unsigned long n = strtoul(text, &end, 10);
    if (end == text || *end != 0 || errno != 0 || n > 1000000000U) return false;
    *out = (unsigned)n;
    return true;
}

static bool read_op(struct load_options *options, const char *name)
{
    for (size_t i = 0; i < ARRAY_COUNT(ops); i++) {
        if (strcmp(ops[i].name, name) != 0) continue;
        options->op = &ops[i];
        return true;
    }
    return false;
}

/* Take one "--name value". */
static bool read_pair(struct load_options *options, const char *name, const char *value)
{
    if (strcmp(name, "--op") == 0) return read_op(options, value);
    const struct {
        const char *name;
        const char **text;
        unsigned *number;
    } places[] = {
        {"--host",        &options->host,     NULL                 },
        {"--port",        NULL,               &options->port       },
        {"--table",       &options->table,    NULL                 },
        {"--iterator",    &options->iterator, NULL                 },
        {"--items",       NULL,               &options->items      },
        {"--item-bytes",  NULL,               &options->item_bytes },
        {"--connections", NULL,               &options->connections},
        {"--rate",        NULL,               &options->rate       },
        {"--requests",    NULL,               &options->requests   },
        {"--seconds",     NULL,               &options->seconds    },
        {"--warmup",      NULL,               &options->warmup     },
        {"--every",       NULL,               &options->every      },
        {"--life",        NULL,               &options->life       },
        {"--pid",         NULL,               &options->pid        },
    };
    for (size_t i = 0; i < ARRAY_COUNT(places); i++) {
        if (strcmp(places[i].name, name) != 0) continue;
        if (places[i].number != NULL) return read_number(value, places[i].number);
        *places[i].text = value;
        return true;
    }
    return false;
}

/* Take one "--name". */
static bool read_flag(struct load_options *options, const char *name)
{
    if (strcmp(name, "--line") == 0) return options->is_line = true;
    if (strcmp(name, "--random-data") == 0) return options->is_random = true;
    return false;
}

bool load_options_read(int argc, char **argv, struct load_options *out)
{
    *out = (struct load_options){
        .host = "127.0.0.1",
        .table = "Bench",
        .iterator = "",
        .items = 100000,
        .item_bytes = 1024,
        .connections = 64,
        .seconds = 5,
        .warmup = 1,
        .life = 60,
    };
    for (int i = 1; i < argc; i++) {
        if (read_flag(out, argv[i])) continue;
        if (i + 1 == argc || !read_pair(out, argv[i], argv[i + 1])) {
            (void)fprintf(stderr, "bench_load: %s is not understood; see bench/README.md\n",
                          argv[i]);
            return false;
        }
        i++;
    }
    if (out->op != NULL && out->port != 0 && out->connections != 0 && out->items != 0 &&
        out->port <= UINT16_MAX)
        return true;
    (void)fprintf(stderr, "bench_load: --port and --op are needed; see bench/README.md\n");
    return false;
}
